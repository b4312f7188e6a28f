-- Carry out a code that was dialled on a phone whose password was checked; p_dialled is in hex, see text_of. Returns
-- how the switch answers: the SIP status, 480 for what was done, and the reason that the phone shows. What is no code
-- of the customer, or is switched off, is 404, as are queues and profiles that are not the customer's own. Of a call
-- that is picked up, call, t_index and t_label say which it is, see code_pickup.
CREATE OR REPLACE FUNCTION switch.feature_code(p_phone bigint, p_dialled text)
RETURNS TABLE (status integer, reason text, action text, call text, t_index bigint, t_label bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER ROWS 1
SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_column
DECLARE
    dialled text := switch.text_of(p_dialled);
    argument text := substr(dialled, strpos(dialled, '*') + 1);
    phone public.telephony_phone;
    country text;
    code_action text;
    member bigint;
    signed_in boolean;
    queue public.telephony_queue;
    result text;
    forwarded_before text;
    what text := argument;
    picked_call text;
    picked_index bigint;
    picked_label bigint;
BEGIN
    SELECT * INTO phone FROM public.telephony_phone WHERE id = p_phone;
    SELECT code.action INTO code_action
    FROM switch.feature_codes(phone.customer_id) code
    WHERE code.is_enabled AND code.digits = split_part(dialled, '*', 1) || '*' AND strpos(dialled, '*') > 0;
    IF code_action IS NULL THEN
        RETURN QUERY SELECT 404, 'Not Found', NULL::text, NULL::text, NULL::bigint, NULL::bigint;
        RETURN;
    END IF;
    country := coalesce(
        (SELECT policy.country FROM public.telephony_callpolicy policy WHERE policy.customer_id = phone.customer_id), 'DK'
    );
    IF code_action IN ('queue_in', 'queue_out', 'queue_toggle') THEN
        SELECT listed.* INTO queue
        FROM public.telephony_extension extension
        JOIN public.telephony_queue listed ON listed.extension_id = extension.id AND listed.ended_at IS NULL
        WHERE extension.customer_id = phone.customer_id AND extension.number = argument;
        SELECT listed.id, listed.is_signed_in AND NOT listed.leaves_after_call INTO member, signed_in
        FROM public.telephony_queuemember listed
        WHERE listed.queue_id = queue.id AND listed.employee_id = phone.employee_id;
        what := coalesce(queue.name, argument);
        IF queue.id IS NULL THEN
            result := 'unknown_queue';
        ELSIF member IS NULL THEN
            result := 'not_member';
        ELSE
            result := switch.sign_member(
                member, code_action = 'queue_in' OR code_action = 'queue_toggle' AND NOT signed_in, 'code', NULL
            );
            -- Where phones were chosen for the queue, the one that signs in is one of them (G27).
            IF result IN ('signed_in', 'already_in') THEN
                INSERT INTO public.telephony_queuephone (customer_id, member_id, phone_id)
                SELECT phone.customer_id, member, phone.id
                WHERE EXISTS (SELECT FROM public.telephony_queuephone chosen WHERE chosen.member_id = member)
                ON CONFLICT DO NOTHING;
            END IF;
        END IF;
    ELSIF code_action = 'pause' THEN
        UPDATE public.telephony_queuemember listed
        SET paused_at = coalesce(listed.paused_at, now()), pause_reason = 'break'
        WHERE listed.employee_id = phone.employee_id AND listed.is_signed_in;
        result := CASE WHEN FOUND THEN 'paused' ELSE 'no_queues' END;
    ELSIF code_action = 'resume' THEN
        UPDATE public.telephony_queuemember listed
        SET paused_at = NULL, pause_reason = '', missed_in_row = 0
        WHERE listed.employee_id = phone.employee_id;
        result := 'resumed';
    ELSIF code_action = 'profile' THEN
        what := switch.code_profile(phone.id, phone.customer_id, phone.employee_id, argument);
        result := CASE WHEN what IS NULL THEN 'unknown_profile' ELSE 'profile' END;
    ELSIF code_action = 'forward' THEN
        SELECT forward.number INTO forwarded_before
        FROM public.telephony_forward forward
        WHERE forward.employee_id = phone.employee_id;
        result := coalesce(
            switch.code_forward(phone.customer_id, phone.employee_id, country, argument), 'unknown_number'
        );
        -- What is dialled twice is told of once.
        INSERT INTO public.telephony_forwardnote (customer_id, employee_id, phone_id, number, at)
        SELECT phone.customer_id, phone.employee_id, phone.id, forward.number, now()
        FROM public.telephony_forward forward
        WHERE forward.employee_id = phone.employee_id AND forward.number IS DISTINCT FROM forwarded_before;
    ELSIF code_action = 'forward_off' THEN
        DELETE FROM public.telephony_forward WHERE employee_id = phone.employee_id;
        IF FOUND THEN
            INSERT INTO public.telephony_forwardnote (customer_id, employee_id, phone_id, number, at)
            VALUES (phone.customer_id, phone.employee_id, phone.id, '', now());
        END IF;
        result := 'forward_off';
    ELSIF code_action IN ('dnd', 'dnd_off') THEN
        INSERT INTO public.telephony_presence AS said (employee_id, customer_id, state, state_since, revision)
        VALUES (
            phone.employee_id, phone.customer_id, CASE code_action WHEN 'dnd' THEN 'dnd' ELSE '' END,
            CASE code_action WHEN 'dnd' THEN now() END, 1
        )
        ON CONFLICT (employee_id) DO UPDATE
        SET state = excluded.state, state_since = excluded.state_since, state_until = NULL, before = NULL,
            revision = said.revision + 1
        WHERE code_action = 'dnd' OR said.state = 'dnd';
        result := code_action;
    ELSIF code_action = 'group_pickup' AND argument = '' OR code_action = 'pickup' AND argument <> '' THEN
        SELECT picked.result, picked.what, picked.call, picked.t_index, picked.t_label
        INTO result, what, picked_call, picked_index, picked_label
        FROM switch.code_pickup(phone.id, phone.customer_id, phone.employee_id, argument) picked;
    ELSE
        result := 'nothing';
    END IF;
    INSERT INTO public.telephony_codeuse (customer_id, employee_id, phone_id, action, dialled, result, at)
    VALUES (phone.customer_id, phone.employee_id, phone.id, code_action, left(dialled, 32), result, now());
    DELETE FROM public.telephony_codeuse
    WHERE employee_id = phone.employee_id
      AND id NOT IN (
          SELECT latest.id FROM public.telephony_codeuse latest
          WHERE latest.employee_id = phone.employee_id
          ORDER BY latest.at DESC, latest.id DESC
          LIMIT 20
      );
    RETURN QUERY SELECT
        CASE
            WHEN result IN ('unknown_queue', 'unknown_profile', 'unknown_number', 'nothing') THEN 404
            WHEN result IN ('not_member', 'abroad', 'refused', 'no_group') THEN 403
            ELSE 480
        END,
        switch.code_phrase(
            result,
            CASE switch.language_of(phone.employee_id, country) WHEN 'da' THEN 'DK' WHEN 'sv' THEN 'SE' ELSE 'EN' END,
            coalesce(what, argument)
        ),
        code_action, picked_call, picked_index, picked_label;
END
$function$;
ALTER FUNCTION switch.feature_code(bigint, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.feature_code(bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION switch.feature_code(bigint, text) TO kamailio;
