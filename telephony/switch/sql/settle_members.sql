-- Bring who is signed in to queues up to date: what was done by hand ends at its time or with the profile that held
-- then, and what the profile that holds says of a queue applies; who signed out in a call leaves after it. Asked
-- about once a second of everybody whom that can concern (p_employee null), and before somebody is signed in or out.
CREATE OR REPLACE FUNCTION switch.settle_members(p_employee bigint) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    settled integer;
BEGIN
    WITH concerned AS (
        SELECT member.id
        FROM public.telephony_queuemember member
        WHERE (p_employee IS NULL OR member.employee_id = p_employee)
          AND (
              member.holds_until IS NOT NULL
              OR member.leaves_after_call
              OR EXISTS (
                  SELECT FROM public.telephony_profilequeue steer
                  WHERE steer.employee_id = member.employee_id AND steer.queue_id = member.queue_id
              )
          )
        FOR UPDATE SKIP LOCKED
    ), stands AS (
        SELECT member.id, member.is_signed_in, member.leaves_after_call, member.set_by, member.holds_until,
               member.profile_id, held.profile, steer.signs_in,
               switch.is_in_call(member.employee_id) AS in_call
        FROM concerned
        JOIN public.telephony_queuemember member ON member.id = concerned.id
        CROSS JOIN LATERAL (SELECT switch.profile_at(member.employee_id, now()) AS profile) held
        LEFT JOIN public.telephony_profilequeue steer
          ON steer.profile_id = held.profile AND steer.queue_id = member.queue_id
    ), wanted AS (
        SELECT stands.*,
               CASE
                   WHEN stands.holds_until > now() THEN NULL
                   WHEN stands.holds_until IS NOT NULL THEN coalesce(stands.signs_in, NOT stands.is_signed_in)
                   WHEN stands.profile IS DISTINCT FROM stands.profile_id OR stands.set_by = 'profile'
                       THEN stands.signs_in
               END AS is_in
        FROM stands
    )
    UPDATE public.telephony_queuemember member
    SET is_signed_in = CASE
            WHEN wanted.is_in THEN true
            WHEN NOT coalesce(wanted.is_in, NOT wanted.leaves_after_call) THEN wanted.in_call AND member.is_signed_in
            ELSE member.is_signed_in
        END,
        leaves_after_call = NOT coalesce(wanted.is_in, NOT wanted.leaves_after_call)
            AND wanted.in_call AND member.is_signed_in,
        set_by = CASE
            WHEN wanted.is_in IS NULL THEN member.set_by
            WHEN wanted.signs_in IS NULL THEN 'end'
            ELSE 'profile'
        END,
        set_at = CASE WHEN wanted.is_in <> member.is_signed_in THEN now() ELSE member.set_at END,
        holds_until = CASE WHEN member.holds_until > now() THEN member.holds_until END,
        profile_id = CASE WHEN member.holds_until > now() THEN member.profile_id ELSE wanted.profile END
    FROM wanted
    WHERE member.id = wanted.id
      AND (
          wanted.is_in <> member.is_signed_in AND NOT (wanted.in_call AND member.leaves_after_call)
          OR wanted.is_in AND member.leaves_after_call
          OR member.leaves_after_call AND NOT wanted.in_call
          OR member.holds_until <= now()
          OR member.holds_until IS NULL AND wanted.profile IS DISTINCT FROM member.profile_id
      );
    GET DIAGNOSTICS settled = ROW_COUNT;
    RETURN settled;
END
$function$;
ALTER FUNCTION switch.settle_members(bigint) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.settle_members(bigint) FROM PUBLIC;
