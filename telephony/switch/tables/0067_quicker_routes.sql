-- Its arguments change.
DROP FUNCTION IF EXISTS switch.plan_target(switch.ring[], integer, bigint, text, boolean, timestamptz, bigint[]);
