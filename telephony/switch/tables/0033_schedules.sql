-- When the profile that holds for an employee next changes by the clock; -infinity: to be worked out.
CREATE TABLE switch.profile_clock (
    employee_id bigint PRIMARY KEY,
    next_at timestamptz NOT NULL
);
CREATE INDEX profile_clock_due ON switch.profile_clock (next_at);
INSERT INTO switch.profile_clock (employee_id, next_at)
SELECT choice.employee_id, '-infinity'
FROM telephony_profilechoice choice
WHERE choice.ended_at IS NULL AND choice.until > now();
ALTER TABLE switch.profile_clock OWNER TO switch_owner;
GRANT SELECT ON telephony_publicholiday TO switch_owner;
