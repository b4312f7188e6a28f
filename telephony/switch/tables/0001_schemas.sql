-- What the switch keeps for itself. Schema `switch` belongs to telephony: the portal reaches it through functions.
CREATE SCHEMA switch;
GRANT USAGE, CREATE ON SCHEMA switch TO switch_owner;
GRANT USAGE ON SCHEMA switch TO app, kamailio;

-- HA1 = MD5(user:realm:password) is as good as the password itself, so no role but switch_owner may read it.
CREATE TABLE switch.credential (
    phone_id bigint PRIMARY KEY REFERENCES telephony_phone ON DELETE CASCADE,
    ha1 text NOT NULL CHECK (ha1 ~ '^[0-9a-f]{32}$'),
    changed_at timestamptz NOT NULL DEFAULT now()
);

-- One row a client that has signed in: the same phone account may be used by several clients at once.
CREATE TABLE switch.sighting (
    phone_id bigint NOT NULL REFERENCES telephony_phone ON DELETE CASCADE,
    user_agent text NOT NULL CHECK (length(user_agent) <= 255),
    address inet NOT NULL,
    transport text NOT NULL CHECK (transport IN ('UDP', 'TCP', 'TLS')),
    first_seen timestamptz NOT NULL DEFAULT now(),
    since timestamptz NOT NULL DEFAULT now(),
    last_seen timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (phone_id, user_agent, address, transport)
);

-- Failed sign-ins at accounts that exist; those at made-up names are in the log alone, or anybody could fill this.
CREATE TABLE switch.refusal (
    phone_id bigint NOT NULL REFERENCES telephony_phone ON DELETE CASCADE,
    address inet NOT NULL,
    user_agent text NOT NULL CHECK (length(user_agent) <= 255),
    failures integer NOT NULL DEFAULT 1,
    first_at timestamptz NOT NULL DEFAULT now(),
    last_at timestamptz NOT NULL DEFAULT now(),
    banned_until timestamptz,
    PRIMARY KEY (phone_id, address)
);

ALTER TABLE switch.credential OWNER TO switch_owner;
ALTER TABLE switch.sighting OWNER TO switch_owner;
ALTER TABLE switch.refusal OWNER TO switch_owner;
GRANT REFERENCES, SELECT ON telephony_phone TO switch_owner;
