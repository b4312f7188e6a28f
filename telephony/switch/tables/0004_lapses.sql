-- A password that was mailed works for as long as its customer has decided.
ALTER TABLE switch.credential ADD COLUMN lapses_at timestamptz;
CREATE INDEX credential_lapses_at ON switch.credential (lapses_at) WHERE lapses_at IS NOT NULL;

-- Their arguments or results change.
DROP FUNCTION IF EXISTS switch.set_credential(bigint, text, jsonb);
DROP FUNCTION IF EXISTS switch.sign_in(text, text, text);
