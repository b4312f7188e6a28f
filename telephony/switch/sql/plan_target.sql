-- Add to a plan what a profile has for a situation, and return the step where that begins: 0 when it has nothing, which
-- is when the target is null.
CREATE OR REPLACE FUNCTION switch.plan_target(
    INOUT p_plan switch.ring[], INOUT p_next integer, OUT entry integer,
    target public.telephony_ringtarget, p_internal boolean, p_at timestamptz, p_seen bigint[]
)
LANGUAGE plpgsql STABLE
AS $function$
DECLARE
    planned record;
BEGIN
    entry := 0;
    IF target.id IS NULL THEN
        RETURN;
    ELSIF target.colleague_id IS NOT NULL THEN
        planned := switch.plan_employee(p_plan, p_next, target.colleague_id, p_internal, p_at, p_seen);
        p_plan := planned.p_plan;
        p_next := planned.p_next;
        entry := planned.entry;
    ELSIF target.other_id IS NOT NULL THEN
        planned := switch.plan_profile(
            p_plan, p_next, target.other_id, target.employee_id, p_internal, p_at, p_seen
        );
        p_plan := planned.p_plan;
        p_next := planned.p_next;
        entry := planned.entry;
    ELSIF target.queue_id IS NOT NULL THEN
        planned := switch.plan_queue(p_plan, p_next, target.queue_id, p_internal, p_at, p_seen);
        p_plan := planned.p_plan;
        p_next := planned.p_next;
        entry := planned.entry;
    ELSIF target.number <> '' THEN
        planned := switch.plan_number(
            p_plan, p_next, target.customer_id, target.employee_id, target.number, p_internal, p_at, p_seen
        );
        p_plan := planned.p_plan;
        p_next := planned.p_next;
        entry := planned.entry;
    ELSE
        entry := p_next;
        p_next := p_next + 1;
        p_plan := p_plan || ROW(
            entry, 0, 'end', CASE target.situation WHEN 'busy' THEN '486' ELSE '480' END, 0, 0,
            NULL, NULL, target.employee_id, target.customer_id, 'ended_by_profile'
        )::switch.ring;
    END IF;
END
$function$;
ALTER FUNCTION switch.plan_target(
    switch.ring[], integer, public.telephony_ringtarget, boolean, timestamptz, bigint[]
) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.plan_target(
    switch.ring[], integer, public.telephony_ringtarget, boolean, timestamptz, bigint[]
) FROM PUBLIC;
