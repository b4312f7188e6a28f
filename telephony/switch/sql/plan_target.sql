-- Return a plan and behind it, from step p_next on, what a profile has for a situation: nothing when the target is null.
CREATE OR REPLACE FUNCTION switch.plan_target(
    p_plan switch.ring[], p_next integer, target public.telephony_ringtarget, p_internal boolean, p_at timestamptz,
    p_seen bigint[]
) RETURNS switch.ring[]
LANGUAGE plpgsql STABLE
AS $function$
BEGIN
    IF target.id IS NULL THEN
        RETURN p_plan;
    ELSIF target.colleague_id IS NOT NULL THEN
        RETURN switch.plan_employee(p_plan, p_next, target.colleague_id, p_internal, p_at, p_seen);
    ELSIF target.other_id IS NOT NULL THEN
        RETURN switch.plan_profile(
            p_plan, p_next, target.other_id, target.employee_id, p_internal, p_at, p_seen
        );
    ELSIF target.queue_id IS NOT NULL THEN
        RETURN switch.plan_queue(p_plan, p_next, target.queue_id, p_internal, p_at, p_seen);
    ELSIF target.number <> '' THEN
        RETURN switch.plan_number(
            p_plan, p_next, target.customer_id, target.employee_id, target.number, p_internal, p_at, p_seen
        );
    END IF;
    RETURN p_plan || ROW(
        p_next, 0, 'end', CASE target.situation WHEN 'busy' THEN '486' ELSE '480' END, 0, 0,
        NULL, NULL, target.employee_id, target.customer_id, 'ended_by_profile'
    )::switch.ring;
END
$function$;
ALTER FUNCTION switch.plan_target(
    switch.ring[], integer, public.telephony_ringtarget, boolean, timestamptz, bigint[]
) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.plan_target(
    switch.ring[], integer, public.telephony_ringtarget, boolean, timestamptz, bigint[]
) FROM PUBLIC;
