-- Return what somebody in a country dialled as a number of the public network, E.164, or null when it is none.
CREATE OR REPLACE FUNCTION switch.international(p_dialled text, p_country text) RETURNS text
LANGUAGE plpgsql STABLE
AS $function$
DECLARE
    dialled text := translate(p_dialled, ' -./()', '');
    country switch.country;
    number text;
BEGIN
    -- Most are written out already.
    IF p_dialled ~ '^[+][1-9][0-9]{5,14}$' THEN
        RETURN p_dialled;
    END IF;
    IF dialled !~ '^[+]?[0-9]+$' THEN
        RETURN NULL;
    END IF;
    IF dialled LIKE '+%' THEN
        number := dialled;
    ELSIF dialled LIKE '00%' THEN
        number := '+' || substr(dialled, 3);
    ELSE
        SELECT * INTO country FROM switch.country WHERE code = p_country;
        IF country.national_prefix <> '' AND dialled LIKE country.national_prefix || '%' THEN
            dialled := substr(dialled, length(country.national_prefix) + 1);
        END IF;
        IF length(dialled) >= country.shortest THEN
            number := '+' || country.calling_code || dialled;
        END IF;
    END IF;
    RETURN CASE WHEN number ~ '^[+][1-9][0-9]{5,14}$' THEN number END;
END
$function$;
ALTER FUNCTION switch.international(text, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.international(text, text) FROM PUBLIC;
