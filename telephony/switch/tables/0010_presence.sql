-- What the switch knows of who is there. What people set by hand stands in telephony_presence; how all of it becomes
-- one status is said once, in aggregated_presence.

-- What a SIP client publishes of its user (RFC 3903): one row a publication, found again by its etag. The latest one
-- of a phone that has ended stays, so that a client that starts anew with an old note does not bring it back.
CREATE TABLE switch.publication (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    phone_id bigint NOT NULL REFERENCES telephony_phone ON DELETE CASCADE,
    employee_id bigint NOT NULL,
    etag text NOT NULL UNIQUE,
    is_open boolean NOT NULL,
    is_idle boolean NOT NULL,
    on_phone boolean NOT NULL,
    activities text[] NOT NULL,
    note text NOT NULL,
    is_live boolean NOT NULL DEFAULT true,
    changed_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX publication_of_phone ON switch.publication (phone_id, changed_at DESC);
CREATE INDEX publication_of_employee ON switch.publication (employee_id) WHERE is_live;
CREATE INDEX publication_due ON switch.publication (expires_at) WHERE is_live;

-- Calls that are up or being set up, one row for each phone of ours in each call. Whoever routes calls writes them
-- by call_is and call_is_over; a trigger makes presence and lamps follow. `node` is the switch that holds the call.
CREATE TABLE switch.live_call (
    call_id text NOT NULL CHECK (length(call_id) <= 255),
    phone_id bigint NOT NULL REFERENCES telephony_phone ON DELETE CASCADE,
    employee_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    direction text NOT NULL CHECK (direction IN ('initiator', 'recipient')),
    state text NOT NULL CHECK (state IN ('early', 'confirmed')),
    remote text NOT NULL DEFAULT '' CHECK (length(remote) <= 255),
    node text NOT NULL DEFAULT '',
    since timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (call_id, phone_id)
);
CREATE INDEX live_call_of_employee ON switch.live_call (employee_id);

-- Employees of whom something changed that watchers may see. Rows are added and taken, and never changed: nobody who
-- adds one waits for anybody.
CREATE TABLE switch.presence_change (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    employee_id bigint NOT NULL
);

ALTER TABLE switch.publication OWNER TO switch_owner;
ALTER TABLE switch.live_call OWNER TO switch_owner;
ALTER TABLE switch.presence_change OWNER TO switch_owner;

-- A note from a SIP client, and the end of a state, are written by the switch.
GRANT INSERT, UPDATE ON telephony_presence TO switch_owner;
CREATE INDEX presence_state_due ON telephony_presence (state_until) WHERE state_until IS NOT NULL;
