-- What the switch tells of calls, many events at a time; see the function tell. `phone` is the one that replies.
CREATE TYPE switch.told AS (
    place integer, kind text, call text, key text, at timestamptz, word text[], phone bigint
);
ALTER TYPE switch.told OWNER TO switch_owner;
-- What a call that begins may ring: a row of its plan. `told` is the place of the event that tells of it.
CREATE TYPE switch.planned AS (
    told integer, place bigint, step integer, kind text, phone_id bigint, employee_id bigint, customer_id bigint, why text,
    number text
);
ALTER TYPE switch.planned OWNER TO switch_owner;
-- The end of a call as one customer knows it, or, with customer_id null, as all do. `by` is as in call records, or
-- cancelled.
CREATE TYPE switch.call_end AS (call text, customer_id bigint, at timestamptz, by text, status integer);
ALTER TYPE switch.call_end OWNER TO switch_owner;

-- The last batch of events that a switch has told.
ALTER TABLE switch.node ADD COLUMN IF NOT EXISTS told text NOT NULL DEFAULT '';

DROP FUNCTION IF EXISTS switch.record_ends(switch.open_call, timestamptz, text, boolean, integer);

-- One statement is one change to those who watch, however many phones it is about.
DROP TRIGGER IF EXISTS presence_changed ON switch.live_call;
