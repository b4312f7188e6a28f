-- What a password was before it was changed, for a day: a client that still tries it is no guesser.
CREATE TABLE switch.former (
    phone_id bigint NOT NULL REFERENCES switch.credential ON DELETE CASCADE,
    spelling text NOT NULL CHECK (length(spelling) <= 320),
    ha1 text NOT NULL CHECK (ha1 ~ '^[0-9a-f]{32}$'),
    until timestamptz NOT NULL,
    PRIMARY KEY (phone_id, spelling)
);
ALTER TABLE switch.former OWNER TO switch_owner;

-- Its results change.
DROP FUNCTION IF EXISTS switch.sign_in(text, text, text);
