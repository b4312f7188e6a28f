-- Calls to the public network that were let out and not told of yet; a row goes when the call's record begins. What is lost
-- with a crash was never told.
CREATE UNLOGGED TABLE switch.going_out (
    call text PRIMARY KEY,
    customer_id bigint NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX going_out_of_customer ON switch.going_out (customer_id);
ALTER TABLE switch.going_out OWNER TO switch_owner;
