-- What a queue did with a call stands in the call's record: a leg for the stay in the queue, which is nobody's, and one
-- for each phone that was offered it.
ALTER TABLE telephony_callrecord ADD COLUMN queue_id bigint;
ALTER TABLE telephony_callleg ADD COLUMN queue_id bigint;
ALTER TABLE telephony_callleg ALTER COLUMN employee_id DROP NOT NULL;
ALTER TABLE telephony_callleg DROP CONSTRAINT telephony_callleg_role_check;
ALTER TABLE telephony_callleg ADD CONSTRAINT telephony_callleg_role_check
    CHECK (role IN ('caller', 'rung', 'end', 'queue'));
-- Their results or arguments change.
DROP FUNCTION IF EXISTS switch.queue_targets(text);
DROP FUNCTION IF EXISTS switch.call_reply(text, bigint, text, integer, text, text);
DROP FUNCTION IF EXISTS switch.watched_changes(boolean);
