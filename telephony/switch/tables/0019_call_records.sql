-- What the switch needs while a call is on; what is left of it afterwards are rows of telephony_callrecord and
-- telephony_callleg, which are written from the first ring on.

-- Switches that are or were there. `started` is when the process began; `steady_since` since when it has been heard
-- without a gap, so that a switch that could not be heard itself does not take others for dead.
CREATE TABLE switch.node (
    name text PRIMARY KEY,
    started timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    steady_since timestamptz NOT NULL
);

-- Calls that have not ended, one row for each customer whose history they stand in. `call` is made of Call-ID and the
-- caller's tag; `plan` is what the call may ring, see call_begins.
CREATE TABLE switch.open_call (
    call text NOT NULL,
    customer_id bigint NOT NULL,
    record_id bigint NOT NULL,
    started_at timestamptz NOT NULL,
    node text NOT NULL,
    plan text NOT NULL,
    is_answered boolean NOT NULL DEFAULT false,
    PRIMARY KEY (call, customer_id)
);
CREATE INDEX open_call_of_node ON switch.open_call (node, started_at);
ALTER TABLE switch.node OWNER TO switch_owner;
ALTER TABLE switch.open_call OWNER TO switch_owner;
