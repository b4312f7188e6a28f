-- What calls_at_once and minutes_abroad count.
CREATE INDEX open_call_of_customer ON switch.open_call (customer_id);
CREATE INDEX outside_of_customer ON telephony_callleg (customer_id, started_at)
    WHERE role = 'rung' AND answered_at IS NOT NULL AND number LIKE '+%';
