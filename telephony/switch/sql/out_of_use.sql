-- End the registrations of phones that go out of use, whoever takes them out: with the phone, its employee, or its
-- domain. Changes of passwords are told by set_credential and drop_credential.
CREATE OR REPLACE FUNCTION switch.out_of_use() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    PERFORM switch.end_registrations(phone.id)
    FROM public.telephony_phone phone
    WHERE CASE TG_TABLE_NAME
        WHEN 'telephony_phone' THEN phone.id = NEW.id
        WHEN 'tenancy_employee' THEN phone.employee_id = NEW.id
        ELSE phone.sip_domain_id = NEW.id
    END;
    RETURN NULL;
END
$function$;
ALTER FUNCTION switch.out_of_use() OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.out_of_use() FROM PUBLIC;
CREATE OR REPLACE TRIGGER out_of_use AFTER UPDATE OF is_enabled, ended_at ON telephony_phone
FOR EACH ROW WHEN (old.is_enabled AND NOT new.is_enabled OR old.ended_at IS NULL AND new.ended_at IS NOT NULL)
EXECUTE FUNCTION switch.out_of_use();
CREATE OR REPLACE TRIGGER out_of_use AFTER UPDATE OF ended_at ON tenancy_employee
FOR EACH ROW WHEN (old.ended_at IS NULL AND new.ended_at IS NOT NULL)
EXECUTE FUNCTION switch.out_of_use();
CREATE OR REPLACE TRIGGER out_of_use AFTER UPDATE OF ended_at ON telephony_sipdomain
FOR EACH ROW WHEN (old.ended_at IS NULL AND new.ended_at IS NOT NULL)
EXECUTE FUNCTION switch.out_of_use();
