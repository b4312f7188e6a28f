-- What is dialled instead of a number, as the provider has it; a customer's rows in telephony_featurecode go before.
-- A code is digits that end in a star; what stands after the star says what it is about.
CREATE TABLE switch.default_code (
    action text PRIMARY KEY,
    digits text NOT NULL CHECK (digits ~ '^[0-9]{1,3}[*]$'),
    is_enabled boolean NOT NULL DEFAULT true,
    rank integer NOT NULL
);
INSERT INTO switch.default_code (action, digits, is_enabled, rank) VALUES
    ('queue_in', '2*', true, 1), ('queue_out', '20*', true, 2), ('queue_toggle', '22*', false, 3),
    ('pause', '3*', true, 4), ('resume', '30*', true, 5), ('profile', '4*', true, 6),
    ('forward', '5*', true, 7), ('forward_off', '50*', true, 8), ('dnd', '7*', true, 9), ('dnd_off', '70*', true, 10),
    ('pickup', '8*', false, 11), ('group_pickup', '88*', false, 12);
ALTER TABLE switch.default_code OWNER TO switch_owner;

-- The switch writes who is signed in where, what became of queue calls, and what codes do.
GRANT INSERT, UPDATE ON telephony_queuecall, telephony_queueoffer, telephony_profilechoice TO switch_owner;
GRANT INSERT, UPDATE, DELETE ON telephony_forward, telephony_codeuse, telephony_queuephone TO switch_owner;
GRANT UPDATE ON telephony_queuemember TO switch_owner;
CREATE INDEX queue_call_open ON telephony_queuecall (entered_at) WHERE ended_at IS NULL;
CREATE INDEX queue_call_to_do ON telephony_queuecall (customer_id, caller)
    WHERE ended_at IS NOT NULL AND done_at IS NULL AND outcome IN ('abandoned', 'waited', 'full');
