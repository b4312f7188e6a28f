-- When each switch was last heard of; the portal says so when it is too long ago.
CREATE TABLE switch.heartbeat (
    node text PRIMARY KEY,
    seen_at timestamptz NOT NULL
);
ALTER TABLE switch.heartbeat OWNER TO switch_owner;

-- Its arguments change.
DROP FUNCTION IF EXISTS switch.call_reply(text, bigint, text, integer);
