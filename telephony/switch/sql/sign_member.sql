-- Sign a member in to a queue or out of it, until p_until, or until the next change of profile when that is null.
-- Who signs out in a call leaves after it. Returns what came of it: signed_in, already_in, signed_out, already_out,
-- out_after_call. Being signed in already, one stays; what holds it is what was said last.
CREATE OR REPLACE FUNCTION switch.sign_member(p_member bigint, p_in boolean, p_how text, p_until timestamptz)
RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    member public.telephony_queuemember;
    result text;
BEGIN
    PERFORM switch.settle_members((SELECT employee_id FROM public.telephony_queuemember WHERE id = p_member));
    SELECT * INTO member FROM public.telephony_queuemember WHERE id = p_member FOR UPDATE;
    IF member.id IS NULL THEN
        RETURN NULL;
    END IF;
    result := CASE
        WHEN p_in AND member.is_signed_in AND NOT member.leaves_after_call THEN 'already_in'
        WHEN p_in THEN 'signed_in'
        WHEN NOT member.is_signed_in THEN 'already_out'
        WHEN switch.is_in_call(member.employee_id) THEN 'out_after_call'
        ELSE 'signed_out'
    END;
    UPDATE public.telephony_queuemember
    SET is_signed_in = result IN ('already_in', 'signed_in', 'out_after_call'),
        leaves_after_call = result = 'out_after_call',
        set_by = p_how,
        set_at = CASE WHEN result IN ('already_in', 'already_out') THEN set_at ELSE now() END,
        holds_until = p_until,
        profile_id = switch.profile_at(member.employee_id, now()),
        paused_at = CASE WHEN result = 'signed_in' THEN NULL ELSE paused_at END,
        pause_reason = CASE WHEN result = 'signed_in' THEN '' ELSE pause_reason END,
        missed_in_row = CASE WHEN result = 'signed_in' THEN 0 ELSE missed_in_row END
    WHERE id = p_member;
    RETURN result;
END
$function$;
ALTER FUNCTION switch.sign_member(bigint, boolean, text, timestamptz) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.sign_member(bigint, boolean, text, timestamptz) FROM PUBLIC;
