-- Begin the record of a call: one for each customer that it concerns, with the caller's leg and those of its first
-- step. p_call and p_tag are Call-ID and the caller's tag, in hex as all texts here (see text_of); p_at is when, in
-- seconds since 1970; p_domain is empty for a call from a trunk, whose address is p_source; p_phone is the phone that
-- signed in, or 0; p_plan what may ring, see planned_legs. Returns how many records were begun; a call that is told twice has one.
CREATE OR REPLACE FUNCTION switch.call_begins(
    p_call text, p_tag text, p_node text, p_at numeric, p_domain text, p_user text, p_number text, p_phone bigint,
    p_source text, p_plan text
) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    key text := switch.call_key(p_call, p_tag);
    began timestamptz := to_timestamp(p_at);
    by_phone public.telephony_phone;
    first record;
    own bigint;
    concerned bigint;
    record bigint;
    way text;
    begun integer := 0;
BEGIN
    IF p_domain <> '' THEN
        SELECT phone.* INTO by_phone
        FROM public.telephony_sipdomain domain
        JOIN public.telephony_phone phone
          ON phone.sip_domain_id = domain.id AND lower(phone.username) = lower(switch.text_of(p_user))
         AND phone.ended_at IS NULL
        WHERE lower(domain.name) = lower(switch.text_of(p_domain)) AND domain.ended_at IS NULL;
    END IF;
    SELECT * INTO first FROM switch.planned_legs(p_plan) leg ORDER BY leg.place LIMIT 1;
    own := by_phone.customer_id;
    FOR concerned IN
        SELECT own WHERE own IS NOT NULL
        UNION
        SELECT leg.customer_id FROM switch.planned_legs(p_plan) leg WHERE leg.customer_id IS NOT NULL
        UNION
        SELECT ddi.customer_id
        FROM public.telephony_ddi ddi
        WHERE p_domain = '' AND ddi.ended_at IS NULL AND ddi.number = switch.international(switch.text_of(p_number), 'DK')
    LOOP
        way := CASE
            WHEN concerned IS DISTINCT FROM own THEN 'inbound'
            WHEN first.customer_id IS DISTINCT FROM own OR first.why IN (
                'public_network', 'emergency', 'unknown_number', 'no_trunk', 'suspended', 'premium', 'satellite', 'high_risk',
                'calls_at_once', 'minutes_abroad'
            ) THEN 'outbound'
            ELSE 'internal'
        END;
        record := nextval('public.telephony_callrecord_id_seq');
        INSERT INTO switch.open_call (call, customer_id, record_id, started_at, node, plan)
        VALUES (key, concerned, record, began, switch.text_of(p_node), p_plan)
        ON CONFLICT DO NOTHING;
        CONTINUE WHEN NOT FOUND;
        INSERT INTO public.telephony_callrecord (
            id, public_id, started_at, customer_id, direction, caller_id, caller_number, dialled, employee_id, queue_id,
            trunk, node
        ) VALUES (
            record, gen_random_uuid(), began, concerned, way,
            CASE WHEN concerned = own THEN by_phone.employee_id END,
            CASE
                -- Who helps may call this number back, see plan_call_back.
                WHEN concerned = own AND switch.text_of(p_number) IN ('112', '114')
                    THEN coalesce(switch.outgoing_number(own, by_phone.employee_id, began), '')
                WHEN concerned = own THEN ''
                WHEN own IS NOT NULL THEN coalesce(switch.outgoing_number(own, by_phone.employee_id, began), '')
                ELSE left(coalesce(switch.international(switch.text_of(p_user), 'DK'), switch.text_of(p_user)), 64)
            END,
            left(switch.text_of(p_number), 64),
            CASE WHEN way <> 'outbound' AND first.customer_id = concerned THEN first.employee_id END,
            CASE WHEN first.kind = 'queue' AND first.customer_id = concerned THEN nullif(first.number, '')::bigint END,
            coalesce(
                CASE
                    WHEN own IS NULL THEN (
                        SELECT trunk.name
                        FROM public.telephony_trunksource source
                        JOIN public.telephony_trunk trunk ON trunk.id = source.trunk_id
                        WHERE host(source.address) = switch.text_of(p_source)
                        LIMIT 1
                    )
                    WHEN way = 'outbound' AND first.kind = 'trunk' THEN (
                        SELECT trunk.name FROM public.telephony_trunk trunk WHERE trunk.is_enabled
                        ORDER BY trunk.rank, trunk.id LIMIT 1
                    )
                END, ''
            ),
            switch.text_of(p_node)
        );
        IF concerned = own THEN
            INSERT INTO public.telephony_callleg (
                record_id, started_at, customer_id, employee_id, phone_id, place, role, part, number, began_at
            ) VALUES (
                record, began, concerned, by_phone.employee_id, by_phone.id, 0, 'caller', 'out', '', began
            );
        END IF;
        -- Whom it is for may have led it on without a ring.
        PERFORM switch.led_legs(
            record, began, concerned, switch.text_of(p_number), concerned IS NOT DISTINCT FROM own, p_plan
        );
        IF p_plan ~ '(^|;)[0-9]+,trunk,' THEN
            PERFORM switch.watch_calls(concerned);
        END IF;
        begun := begun + 1;
    END LOOP;
    IF begun > 0 THEN
        PERFORM switch.call_steps(p_call, p_tag, p_at, first.step);
    END IF;
    RETURN begun;
END
$function$;
ALTER FUNCTION switch.call_begins(text, text, text, numeric, text, text, text, bigint, text, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.call_begins(text, text, text, numeric, text, text, text, bigint, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.call_begins(text, text, text, numeric, text, text, text, bigint, text, text) TO kamailio;
