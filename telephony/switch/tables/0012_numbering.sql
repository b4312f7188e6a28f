-- How numbers are dialled in a country: its calling code, what stands before a national number, and how many digits
-- the shortest national number has. Source: ITU-T operational bulletin, national numbering plans.
CREATE TABLE switch.country (
    code text PRIMARY KEY CHECK (code ~ '^[A-Z]{2}$'),
    calling_code text NOT NULL CHECK (calling_code ~ '^[1-9][0-9]{0,2}$'),
    national_prefix text NOT NULL DEFAULT '',
    shortest integer NOT NULL
);
INSERT INTO switch.country (code, calling_code, national_prefix, shortest) VALUES
    ('DK', '45', '', 8), ('NO', '47', '', 8), ('IS', '354', '', 7), ('FO', '298', '', 6), ('GL', '299', '', 6),
    ('SE', '46', '0', 6), ('FI', '358', '0', 5), ('DE', '49', '0', 5), ('NL', '31', '0', 9), ('GB', '44', '0', 9);

-- Destinations that are shut until a customer opens them; the longest prefix holds. High-risk countries are those
-- that revenue-share fraud is paid out through, by the lists that carriers publish.
CREATE TABLE switch.number_class (
    prefix text PRIMARY KEY CHECK (prefix ~ '^\+[0-9]{1,9}$'),
    class text NOT NULL CHECK (class IN ('premium', 'satellite', 'high_risk', 'open'))
);
INSERT INTO switch.number_class (prefix, class) VALUES
    ('+4590', 'premium'), ('+46900', 'premium'), ('+46939', 'premium'), ('+46944', 'premium'), ('+47820', 'premium'),
    ('+47829', 'premium'), ('+49900', 'premium'), ('+449', 'premium'), ('+35870', 'premium'), ('+31900', 'premium'),
    ('+979', 'premium'), ('+1900', 'premium'), ('+1976', 'premium'),
    ('+870', 'satellite'), ('+881', 'satellite'), ('+882', 'satellite'), ('+883', 'satellite'),
    ('+216', 'high_risk'), ('+220', 'high_risk'), ('+222', 'high_risk'), ('+224', 'high_risk'), ('+231', 'high_risk'),
    ('+232', 'high_risk'), ('+235', 'high_risk'), ('+236', 'high_risk'), ('+239', 'high_risk'), ('+240', 'high_risk'),
    ('+245', 'high_risk'), ('+246', 'high_risk'), ('+247', 'high_risk'), ('+252', 'high_risk'), ('+253', 'high_risk'),
    ('+257', 'high_risk'), ('+261', 'high_risk'), ('+263', 'high_risk'), ('+269', 'high_risk'), ('+290', 'high_risk'),
    ('+500', 'high_risk'), ('+53', 'high_risk'), ('+592', 'high_risk'), ('+670', 'high_risk'), ('+674', 'high_risk'),
    ('+675', 'high_risk'), ('+676', 'high_risk'), ('+677', 'high_risk'), ('+678', 'high_risk'), ('+682', 'high_risk'),
    ('+683', 'high_risk'), ('+685', 'high_risk'), ('+686', 'high_risk'), ('+688', 'high_risk'), ('+690', 'high_risk'),
    ('+960', 'high_risk'), ('+992', 'high_risk');
ALTER TABLE switch.country OWNER TO switch_owner;
ALTER TABLE switch.number_class OWNER TO switch_owner;

-- One row of what a call does. Rows with the same step ring at the same time. When nobody has answered within
-- `seconds`, or all have refused, the call goes on at step if_unanswered, or if_busy where somebody was busy; 0 ends it.
--   kind from    step 0: the caller's identity as it is shown: uri, and the name in why
--   kind phone   uri is the address of record; all that is registered there rings
--   kind trunk   uri is where the call leaves to, and shows the number that it shows there
--   kind end     the call ends: uri is the SIP status, why a code for the reason
CREATE TYPE switch.ring AS (
    step integer, seconds integer, kind text, uri text, if_busy integer, if_unanswered integer,
    shows text, phone_id bigint, employee_id bigint, customer_id bigint, why text
);
ALTER TYPE switch.ring OWNER TO switch_owner;
