-- When each switch last heard from its call controller.
CREATE TABLE switch.controller (
    node text PRIMARY KEY,
    seen_at timestamptz NOT NULL
);
ALTER TABLE switch.controller OWNER TO switch_owner;
