-- Whom a call to the number that a call for help showed is for. There are few of these, and every call from outside asks.
CREATE INDEX calls_for_help ON telephony_callrecord (caller_number, started_at) WHERE dialled IN ('112', '114');
