-- What they return changes.
DROP FUNCTION IF EXISTS switch.customer_codes(bigint);
DROP FUNCTION IF EXISTS switch.feature_codes(bigint);
