-- Tell the processes behind live pages that something changed of a queue, as "customer q<queue>": one message however
-- many agents it has and however much changed in one transaction.
CREATE OR REPLACE FUNCTION switch.queue_changed() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    IF TG_TABLE_NAME = 'telephony_queueoffer' THEN
        PERFORM pg_notify('live', call.customer_id || ' q' || call.queue_id)
        FROM public.telephony_queuecall call
        WHERE call.id = NEW.call_id;
    ELSE
        PERFORM pg_notify(
            'live', coalesce(NEW.customer_id, OLD.customer_id) || ' q' || coalesce(NEW.queue_id, OLD.queue_id)
        );
    END IF;
    RETURN NULL;
END
$function$;
ALTER FUNCTION switch.queue_changed() OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.queue_changed() FROM PUBLIC;
CREATE OR REPLACE TRIGGER queue_changed
AFTER INSERT OR UPDATE OF state, ended_at, taken_by_id, done_at ON telephony_queuecall
FOR EACH ROW EXECUTE FUNCTION switch.queue_changed();
CREATE OR REPLACE TRIGGER queue_changed AFTER INSERT OR UPDATE OF ended_at ON telephony_queueoffer
FOR EACH ROW EXECUTE FUNCTION switch.queue_changed();
CREATE OR REPLACE TRIGGER queue_changed AFTER INSERT OR DELETE ON telephony_queuemember
FOR EACH ROW EXECUTE FUNCTION switch.queue_changed();
CREATE OR REPLACE TRIGGER queue_agent_changed
AFTER UPDATE OF is_signed_in, holds_until, leaves_after_call, paused_at, set_by ON telephony_queuemember
FOR EACH ROW
WHEN (
    (OLD.is_signed_in, OLD.holds_until, OLD.leaves_after_call, OLD.paused_at, OLD.set_by)
    IS DISTINCT FROM (NEW.is_signed_in, NEW.holds_until, NEW.leaves_after_call, NEW.paused_at, NEW.set_by)
)
EXECUTE FUNCTION switch.queue_changed();
