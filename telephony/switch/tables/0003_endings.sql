-- A registration ends with the password that it was made with. Each password has a number of its own, each
-- registration remembers the number it was made under, and the switch ends those whose number is out of date.
CREATE SEQUENCE switch.credential_serial;
ALTER SEQUENCE switch.credential_serial OWNER TO switch_owner;
ALTER TABLE switch.credential ADD COLUMN serial bigint NOT NULL DEFAULT nextval('switch.credential_serial');

CREATE TABLE switch.registration (
    phone_id bigint NOT NULL REFERENCES telephony_phone ON DELETE CASCADE,
    call_id text NOT NULL CHECK (length(call_id) <= 255),
    credential bigint NOT NULL,
    last_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (phone_id, call_id)
);

-- Addresses of which a password was changed or an account ended lately; the others need not be looked at.
CREATE TABLE switch.ending (
    username text NOT NULL,
    domain text NOT NULL,
    until timestamptz NOT NULL,
    PRIMARY KEY (username, domain)
);

-- A digest holds for one spelling of the user name, and people do not all write theirs in lower case.
CREATE TABLE switch.spelling (
    phone_id bigint NOT NULL REFERENCES switch.credential ON DELETE CASCADE,
    spelling text NOT NULL CHECK (length(spelling) <= 320),
    ha1 text NOT NULL CHECK (ha1 ~ '^[0-9a-f]{32}$'),
    PRIMARY KEY (phone_id, spelling)
);

-- A user name in a mixture of cases that no digest is kept for, so that its owner can be told why it was refused.
ALTER TABLE switch.refusal ADD COLUMN spelling text NOT NULL DEFAULT '' CHECK (length(spelling) <= 320);

ALTER TABLE switch.registration OWNER TO switch_owner;
ALTER TABLE switch.ending OWNER TO switch_owner;
ALTER TABLE switch.spelling OWNER TO switch_owner;

-- Their arguments or results change.
DROP FUNCTION IF EXISTS switch.sign_in_failed(text, text, text, text, integer);
DROP FUNCTION IF EXISTS switch.refusals(bigint[]);
DROP FUNCTION IF EXISTS switch.client_seen(bigint, text, text, text);
DROP FUNCTION IF EXISTS switch.set_credential(bigint, text);
