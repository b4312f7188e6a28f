-- Add to a plan what a profile has for a situation, and return the step where that begins: 0 when it has nothing.
-- What is said for colleagues or for callers from outside goes before what is said for everybody.
CREATE OR REPLACE FUNCTION switch.plan_target(
    INOUT p_plan switch.ring[], INOUT p_next integer, OUT entry integer,
    p_profile bigint, p_situation text, p_internal boolean, p_at timestamptz, p_seen bigint[]
)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    target public.telephony_ringtarget;
BEGIN
    entry := 0;
    SELECT * INTO target
    FROM public.telephony_ringtarget ringtarget
    WHERE ringtarget.profile_id = p_profile AND ringtarget.situation = p_situation
      AND ringtarget.callers IN ('everybody', CASE WHEN p_internal THEN 'internal' ELSE 'external' END)
    ORDER BY ringtarget.callers = 'everybody'
    LIMIT 1;
    IF target.id IS NULL THEN
        RETURN;
    ELSIF target.colleague_id IS NOT NULL THEN
        SELECT planned.p_plan, planned.p_next, planned.entry INTO p_plan, p_next, entry
        FROM switch.plan_employee(p_plan, p_next, target.colleague_id, p_internal, p_at, p_seen) planned;
    ELSIF target.other_id IS NOT NULL THEN
        SELECT planned.p_plan, planned.p_next, planned.entry INTO p_plan, p_next, entry
        FROM switch.plan_profile(
            p_plan, p_next, target.other_id, target.employee_id, p_internal, p_at, p_seen
        ) planned;
    ELSIF target.queue_id IS NOT NULL THEN
        SELECT planned.p_plan, planned.p_next, planned.entry INTO p_plan, p_next, entry
        FROM switch.plan_queue(p_plan, p_next, target.queue_id, p_internal, p_at, p_seen) planned;
    ELSIF target.number <> '' THEN
        SELECT planned.p_plan, planned.p_next, planned.entry INTO p_plan, p_next, entry
        FROM switch.plan_number(
            p_plan, p_next, target.customer_id, target.employee_id, target.number, p_internal, p_at, p_seen
        ) planned;
    ELSE
        entry := p_next;
        p_next := p_next + 1;
        p_plan := p_plan || ROW(
            entry, 0, 'end', CASE p_situation WHEN 'busy' THEN '486' ELSE '480' END, 0, 0,
            NULL, NULL, target.employee_id, target.customer_id, 'ended_by_profile'
        )::switch.ring;
    END IF;
END
$function$;
ALTER FUNCTION switch.plan_target(switch.ring[], integer, bigint, text, boolean, timestamptz, bigint[]) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.plan_target(switch.ring[], integer, bigint, text, boolean, timestamptz, bigint[]) FROM PUBLIC;
