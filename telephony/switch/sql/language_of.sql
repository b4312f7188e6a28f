-- Return the language in which an employee reads Myfone, da, sv or en; that of the country for one who has no user yet.
CREATE OR REPLACE FUNCTION switch.language_of(p_employee bigint, p_country text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT coalesce(
        (
            SELECT person.language
            FROM public.accounts_membership membership
            JOIN public.accounts_user person ON person.id = membership.user_id AND person.is_active
            WHERE membership.employee_id = p_employee AND person.language IN ('da', 'sv', 'en')
            LIMIT 1
        ),
        CASE coalesce(p_country, 'DK') WHEN 'DK' THEN 'da' WHEN 'SE' THEN 'sv' ELSE 'en' END
    )
$function$;
ALTER FUNCTION switch.language_of(bigint, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.language_of(bigint, text) FROM PUBLIC;
