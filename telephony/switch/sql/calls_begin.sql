-- Begin the records of calls (events b of tell): one for each customer that a call concerns, with the caller's leg and
-- those of its first step. DOMAIN is empty for a call from a trunk, whose address is SOURCE; USER is who calls, NUMBER
-- what was dialled, PLAN what may ring, see planned_legs. Returns how many records were begun; a call that is told twice
-- has one.
CREATE OR REPLACE FUNCTION switch.calls_begin(p_node text, p_begun switch.told[]) RETURNS integer
LANGUAGE plpgsql VOLATILE
AS $function$
DECLARE
    node_name text := switch.text_of(p_node);
    planned switch.planned[];
    begun bigint[];
    places integer[];
    customers bigint[];
    owns boolean[];
    outside bigint[];
BEGIN
    planned := ARRAY(
        SELECT ROW(
            event.place, row.place, part[1]::integer, part[2], phone.id, employee.id,
            coalesce(employee.customer_id, nullif(part[7], '')::bigint), part[5], part[6]
        )::switch.planned
        FROM unnest(p_begun) event
        CROSS JOIN LATERAL string_to_table(event.word[9], ';') WITH ORDINALITY row (told, place)
        CROSS JOIN LATERAL string_to_array(row.told, ',') part
        LEFT JOIN public.telephony_phone phone ON phone.id = nullif(part[3], '')::bigint
        LEFT JOIN public.tenancy_employee employee
          ON employee.id = coalesce(phone.employee_id, nullif(part[4], '')::bigint)
        WHERE row.told ~ '^[0-9]+,[a-z]+,[0-9]*,[0-9]*,[a-z_]*,[+*#0-9a-z._-]*(,[0-9]*)?$'
    );
    WITH event AS MATERIALIZED (
        SELECT told.place, told.key, told.at, told.word[5] = '' AS is_from_trunk, switch.text_of(told.word[6]) AS caller,
               switch.text_of(told.word[7]) AS dialled, told.word[8] AS source, told.word[9] AS plan,
               by_phone.id AS phone_id, by_phone.employee_id, by_phone.customer_id AS own,
               first.step, first.kind, first.why, first.customer_id AS first_customer, first.employee_id AS callee,
               first.number
        FROM unnest(p_begun) told
        LEFT JOIN LATERAL (
            SELECT phone.id, phone.employee_id, phone.customer_id
            FROM public.telephony_sipdomain domain
            JOIN public.telephony_phone phone
              ON phone.sip_domain_id = domain.id AND lower(phone.username) = lower(switch.text_of(told.word[6]))
             AND phone.ended_at IS NULL
            WHERE told.word[5] <> '' AND lower(domain.name) = lower(switch.text_of(told.word[5]))
              AND domain.ended_at IS NULL
        ) by_phone ON true
        LEFT JOIN LATERAL (
            SELECT row.* FROM unnest(planned) row WHERE row.told = told.place ORDER BY row.place LIMIT 1
        ) first ON true
    ), concerned AS (
        SELECT event.place, event.own AS customer_id FROM event WHERE event.own IS NOT NULL
        UNION
        SELECT row.told, row.customer_id FROM unnest(planned) row WHERE row.customer_id IS NOT NULL
        UNION
        SELECT event.place, ddi.customer_id
        FROM event
        JOIN public.telephony_ddi ddi
          ON ddi.number = switch.international(event.dialled, 'DK') AND ddi.ended_at IS NULL
        WHERE event.is_from_trunk
    ), opened AS (
        INSERT INTO switch.open_call (call, customer_id, record_id, started_at, node, plan)
        SELECT event.key, concerned.customer_id, nextval('public.telephony_callrecord_id_seq'), event.at, node_name,
               event.plan
        FROM concerned
        JOIN event ON event.place = concerned.place
        ORDER BY concerned.place, concerned.customer_id = event.own DESC NULLS LAST, concerned.customer_id
        ON CONFLICT DO NOTHING
        RETURNING call, customer_id, record_id
    ), known AS MATERIALIZED (
        SELECT event.*, opened.record_id, opened.customer_id,
               opened.customer_id IS NOT DISTINCT FROM event.own AS is_own,
               CASE
                   WHEN opened.customer_id IS DISTINCT FROM event.own THEN 'inbound'
                   WHEN event.first_customer IS DISTINCT FROM event.own OR event.why IN (
                       'public_network', 'emergency', 'unknown_number', 'no_trunk', 'suspended', 'premium', 'satellite',
                       'high_risk', 'calls_at_once', 'minutes_abroad'
                   ) OR event.why = 'outage' AND event.number <> '' THEN 'outbound'
                   ELSE 'internal'
               END AS way
        FROM opened
        -- A call that is told twice at once begins once.
        JOIN (SELECT DISTINCT ON (event.key) event.* FROM event ORDER BY event.key, event.place) event
          ON event.key = opened.call
    ), recorded AS (
        INSERT INTO public.telephony_callrecord (
            id, public_id, started_at, customer_id, direction, caller_id, caller_number, dialled, employee_id, queue_id,
            trunk, node
        )
        SELECT known.record_id, gen_random_uuid(), known.at, known.customer_id, known.way,
               CASE WHEN known.is_own THEN known.employee_id END,
               CASE
                   -- Who helps may call this number back, see plan_call_back.
                   WHEN known.is_own AND known.dialled IN ('112', '114')
                       THEN coalesce(switch.outgoing_number(known.own, known.employee_id, known.at), '')
                   WHEN known.is_own THEN ''
                   WHEN known.own IS NOT NULL
                       THEN coalesce(switch.outgoing_number(known.own, known.employee_id, known.at), '')
                   ELSE left(coalesce(switch.international(known.caller, 'DK'), known.caller), 64)
               END,
               left(known.dialled, 64),
               CASE WHEN known.way <> 'outbound' AND known.first_customer = known.customer_id THEN known.callee END,
               CASE
                   WHEN known.kind = 'queue' AND known.first_customer = known.customer_id
                       THEN nullif(known.number, '')::bigint
               END,
               coalesce(
                   CASE
                       WHEN known.own IS NULL THEN (
                           SELECT trunk.name
                           FROM public.telephony_trunksource source
                           JOIN public.telephony_trunk trunk ON trunk.id = source.trunk_id
                           WHERE host(source.address) = switch.text_of(known.source)
                           LIMIT 1
                       )
                       WHEN known.way = 'outbound' AND known.kind = 'trunk' AND known.why <> 'outage' THEN (
                           SELECT trunk.name FROM public.telephony_trunk trunk WHERE trunk.is_enabled
                           ORDER BY trunk.rank, trunk.id LIMIT 1
                       )
                   END, ''
               ),
               node_name
        FROM known
    ), legs AS (
        INSERT INTO public.telephony_callleg (
            record_id, started_at, customer_id, employee_id, phone_id, place, role, part, number, began_at
        )
        SELECT known.record_id, known.at, known.customer_id, known.employee_id, known.phone_id, 0, 'caller', 'out', '',
               known.at
        FROM known
        WHERE known.is_own
    )
    SELECT array_agg(known.record_id), array_agg(known.place), array_agg(known.customer_id), array_agg(known.is_own),
           array_agg(known.customer_id) FILTER (WHERE known.plan ~ '(^|;)[0-9]+,trunk,')
    INTO begun, places, customers, owns, outside
    FROM known;
    -- 112 and 114.
    IF EXISTS (SELECT FROM unnest(p_begun) told WHERE told.word[7] IN ('313132', '313134')) THEN
        INSERT INTO switch.help_call (number, customer_id, employee_id, at)
        SELECT record.caller_number, record.customer_id, record.caller_id, record.started_at
        FROM unnest(begun, places) new (record, place)
        JOIN unnest(p_begun) told ON told.place = new.place
        JOIN public.telephony_callrecord record ON record.id = new.record AND record.started_at = told.at
        WHERE record.dialled IN ('112', '114') AND record.caller_number <> '' AND record.caller_id IS NOT NULL;
    END IF;
    -- Whom a call is for may have led it on without a ring.
    PERFORM switch.led_legs(
        new.record, told.at, new.customer, switch.text_of(told.word[7]), new.is_own, told.word[9]
    )
    FROM unnest(begun, places, customers, owns) new (record, place, customer, is_own)
    JOIN unnest(p_begun) told ON told.place = new.place
    CROSS JOIN LATERAL (
        SELECT switch.called_employee(new.customer, switch.text_of(told.word[7])) AS id OFFSET 0
    ) whom
    WHERE whom.id IS NOT NULL AND NOT EXISTS (
        SELECT FROM unnest(planned) row
        WHERE row.told = told.place AND row.employee_id = whom.id
          AND row.step = (SELECT min(any_row.step) FROM unnest(planned) any_row WHERE any_row.told = told.place)
    );
    -- What rings first comes after whoever led the call there: legs are read in the order in which they were made.
    INSERT INTO public.telephony_callleg (
        record_id, started_at, customer_id, employee_id, phone_id, queue_id, place, step, role, part, number, why,
        profile, began_at
    )
    SELECT new.record, told.at, new.customer, row.employee_id, row.phone_id,
           CASE WHEN row.kind = 'queue' THEN nullif(row.number, '')::bigint END, row.place, row.step,
           CASE WHEN row.kind IN ('end', 'queue') THEN row.kind ELSE 'rung' END,
           CASE
               -- What a queue rings, or passes on, is in nobody's name.
               WHEN row.employee_id IS NULL THEN ''
               WHEN row_number() OVER (PARTITION BY new.record, row.employee_id ORDER BY row.place) = 1
                AND NOT EXISTS (
                    SELECT FROM public.telephony_callleg leg
                    WHERE leg.record_id = new.record AND leg.started_at = told.at AND leg.employee_id = row.employee_id
                ) THEN 'missed'
               ELSE ''
           END,
           CASE row.kind WHEN 'trunk' THEN row.number ELSE '' END, row.why,
           coalesce((
               SELECT coalesce(nullif(profile.name, ''), profile.template)
               FROM public.telephony_ringprofile profile
               WHERE row.why IN ('profile', 'ended_by_profile', 'public_network')
                 -- A forward goes before the profile, which has no part in it then.
                 AND (row.why <> 'public_network' OR NOT EXISTS (
                     SELECT FROM public.telephony_forward forward
                     WHERE forward.employee_id = row.employee_id AND forward.number = row.number
                 ))
                 AND profile.id = switch.profile_at(row.employee_id, told.at)
           ), ''),
           told.at
    FROM unnest(begun, places, customers) new (record, place, customer)
    JOIN unnest(p_begun) told ON told.place = new.place
    JOIN unnest(planned) row ON row.told = told.place AND row.customer_id = new.customer
    WHERE row.step = (
        SELECT first.step FROM unnest(planned) first WHERE first.told = told.place ORDER BY first.place LIMIT 1
    )
    ORDER BY told.place, row.place;
    IF outside IS NOT NULL THEN
        DELETE FROM switch.going_out let USING unnest(p_begun) told WHERE let.call = told.key;
        PERFORM switch.watch_calls(customer) FROM unnest(outside) customer;
    END IF;
    RETURN coalesce(cardinality(begun), 0);
END
$function$;
ALTER FUNCTION switch.calls_begin(text, switch.told[]) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.calls_begin(text, switch.told[]) FROM PUBLIC;
