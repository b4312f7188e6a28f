-- Who called for help, by the number that was shown: every call from outside asks whether it is a call back. Forgotten after
-- a day.
CREATE TABLE switch.help_call (
    number text NOT NULL,
    customer_id bigint NOT NULL,
    employee_id bigint NOT NULL,
    at timestamptz NOT NULL
);
ALTER TABLE switch.help_call OWNER TO switch_owner;
CREATE INDEX help_call_of_number ON switch.help_call (number, at);
INSERT INTO switch.help_call (number, customer_id, employee_id, at)
SELECT record.caller_number, record.customer_id, record.caller_id, record.started_at
FROM public.telephony_callrecord record
WHERE record.dialled IN ('112', '114') AND record.started_at > now() - interval '1 hour'
  AND record.caller_number <> '' AND record.caller_id IS NOT NULL;
-- What they return changes, and their arguments.
DROP FUNCTION IF EXISTS switch.plan_number(
    switch.ring[], integer, bigint, bigint, text, boolean, timestamptz, bigint[]
);
DROP FUNCTION IF EXISTS switch.plan_employee(switch.ring[], integer, bigint, boolean, timestamptz, bigint[]);
DROP FUNCTION IF EXISTS switch.plan_profile(switch.ring[], integer, bigint, bigint, boolean, timestamptz, bigint[]);
DROP FUNCTION IF EXISTS switch.plan_queue(switch.ring[], integer, bigint, boolean, timestamptz, bigint[]);
DROP FUNCTION IF EXISTS switch.plan_target(
    switch.ring[], integer, public.telephony_ringtarget, boolean, timestamptz, bigint[]
);
