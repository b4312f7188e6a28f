-- Legs of whom a call was meant for and that a ring profile, or a forward, led on without ringing there (led); what goes
-- on in another record names it; and the calls of a queue are read by their stays there, the latest first.
ALTER TABLE public.telephony_callleg
    DROP CONSTRAINT telephony_callleg_role_check,
    DROP CONSTRAINT telephony_callleg_part_check,
    ADD COLUMN goes_on uuid;
ALTER TABLE public.telephony_callleg
    ADD CONSTRAINT telephony_callleg_role_check CHECK (
        role IN ('caller', 'rung', 'end', 'queue', 'passed_on', 'joined', 'led')
    ) NOT VALID,
    ADD CONSTRAINT telephony_callleg_part_check CHECK (
        part IN ('', 'out', 'answered', 'elsewhere', 'missed', 'led')
    ) NOT VALID;
ALTER TABLE public.telephony_callleg VALIDATE CONSTRAINT telephony_callleg_role_check;
ALTER TABLE public.telephony_callleg VALIDATE CONSTRAINT telephony_callleg_part_check;
CREATE INDEX calls_of_queue ON public.telephony_callleg (queue_id, started_at DESC, id DESC) WHERE role = 'queue';
