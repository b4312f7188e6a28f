-- Legs of calls that were passed on: with whom one goes on (passed_on), and who has come in (joined).
ALTER TABLE public.telephony_callleg DROP CONSTRAINT telephony_callleg_role_check;
ALTER TABLE public.telephony_callleg
    ADD CONSTRAINT telephony_callleg_role_check CHECK (
        role IN ('caller', 'rung', 'end', 'queue', 'passed_on', 'joined')
    ) NOT VALID;
ALTER TABLE public.telephony_callleg VALIDATE CONSTRAINT telephony_callleg_role_check;
