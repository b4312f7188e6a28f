-- Return what a number of the public network is among those that cost more than a call: premium, satellite or high_risk,
-- by its longest prefix that is known; null for any other.
CREATE OR REPLACE FUNCTION switch.class_of(p_number text) RETURNS text
LANGUAGE plpgsql STABLE
AS $function$
BEGIN
    RETURN (
        SELECT number_class.class
        FROM switch.number_class number_class
        WHERE number_class.prefix = ANY (
            ARRAY(SELECT left(p_number, digits) FROM generate_series(2, 10) digits)
        )
        ORDER BY length(number_class.prefix) DESC
        LIMIT 1
    );
END
$function$;
ALTER FUNCTION switch.class_of(text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.class_of(text) FROM PUBLIC;
