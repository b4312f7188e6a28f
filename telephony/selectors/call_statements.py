"""The statements by which calls are read: lines of a history, and what stands in one call."""

from __future__ import annotations

# What else stands in the record: where it was led on to, through whom it came, and what it goes on in or came from.
MORE = """
SELECT (array_agg(coalesce(queue.name, employee.name) ORDER BY further.id) FILTER (WHERE leads))[1] AS led_to,
       (array_agg(further.role ORDER BY further.id) FILTER (WHERE leads))[1] = 'queue' AS led_to_queue,
       (array_agg(employee.name ORDER BY further.id) FILTER (
           WHERE further.role = 'led' AND further.employee_id <> leg.employee_id))[1] AS through,
       json_agg(json_build_object(
           'role', further.role, 'number', further.number, 'record', further.goes_on,
           -- The leg of a number outside stands in the name of whoever passed it on.
           'name', CASE WHEN came.in_person THEN employee.name ELSE onward.name END,
           'employee', CASE WHEN came.in_person THEN employee.public_id END,
           'is_seen', beside.is_seen, 'left', coalesce(leg.ended_at <= further.began_at, false)
       ) ORDER BY further.id) FILTER (WHERE further.role IN ('joined', 'passed_on')) AS passed,
       (array_agg(further.number ORDER BY further.id) FILTER (
           WHERE further.role = 'rung' AND further.why = 'public_network' AND further.answered_at IS NOT NULL
             AND further.employee_id = leg.employee_id))[1] AS outside
FROM telephony_callleg further
LEFT JOIN telephony_queue queue ON queue.id = further.queue_id AND further.role = 'queue'
LEFT JOIN tenancy_employee employee ON employee.id = further.employee_id
CROSS JOIN LATERAL (
    SELECT leg.part = 'led' AND further.id > leg.id AND (
        further.role = 'queue' OR leg.role = 'led' AND further.employee_id <> leg.employee_id
    ) AS leads
) led
CROSS JOIN LATERAL (SELECT further.role = 'joined' AND further.phone_id IS NOT NULL AS in_person) came
LEFT JOIN LATERAL (
    -- Who has left the other call then is not with whom it went on: they had called there, or been called.
    SELECT CASE
               WHEN NOT EXISTS (
                   SELECT FROM telephony_callleg gone
                   WHERE gone.record_id = other.id AND gone.started_at = other.started_at
                     AND gone.employee_id = other.answered_by_id AND gone.ended_at <= further.began_at
                     AND (gone.role = 'caller' OR gone.answered_at IS NOT NULL)
               ) THEN other.answered_by_id
               WHEN other.caller_id <> other.answered_by_id THEN other.caller_id
           END AS with_id,
           EXISTS (
               SELECT FROM telephony_callleg own
               WHERE own.record_id = other.id AND own.started_at = other.started_at
                 AND own.employee_id = leg.employee_id
           ) AS is_seen
    FROM telephony_callrecord other
    WHERE other.public_id = further.goes_on
) beside ON further.goes_on IS NOT NULL
LEFT JOIN tenancy_employee onward ON onward.id = beside.with_id AND further.role = 'passed_on'
WHERE further.record_id = leg.record_id AND further.started_at = leg.started_at
"""
LINE = """
SELECT leg.id,
       -- What a call was for somebody is settled at its end.
       CASE
           WHEN leg.part IN ('led', 'missed') AND record.answered_by_id = leg.employee_id THEN 'answered'
           ELSE leg.part
       END,
       record.public_id, record.started_at, record.answered_at, record.ended_at, record.direction,
       record.outcome, record.caller_number, record.dialled, record.trunk, record.ended_by,
       caller.public_id, caller.name, callee.public_id, callee.name, taker.public_id, taker.name, queue.name,
       leg.role, leg.why, leg.profile, leg.number, more.led_to, more.led_to_queue, more.through, more.passed,
       (
           SELECT extension.number FROM telephony_extension extension
           WHERE extension.employee_id = record.caller_id
           ORDER BY extension.number
           LIMIT 1
       ),
       more.outside
FROM ({legs}) leg
JOIN telephony_callrecord record ON record.id = leg.record_id AND record.started_at = leg.started_at
LEFT JOIN tenancy_employee caller ON caller.id = record.caller_id
LEFT JOIN tenancy_employee callee ON callee.id = record.employee_id
LEFT JOIN tenancy_employee taker ON taker.id = record.answered_by_id
LEFT JOIN telephony_queue queue ON queue.id = coalesce(leg.queue_id, record.queue_id)
CROSS JOIN LATERAL ({more}) more
"""
OWN = "SELECT * FROM telephony_callleg leg WHERE leg.employee_id = %s"
# A call's page is for all who had a part in it, also where another call is its line in their history.
ANY_OWN = """
SELECT leg.*
FROM telephony_callrecord asked
JOIN telephony_callleg leg ON leg.record_id = asked.id AND leg.started_at = asked.started_at
WHERE asked.public_id = %s AND leg.employee_id = %s
ORDER BY leg.part = '', leg.id
LIMIT 1
"""
# A call that came to a queue may be seen by those who take its calls or look after it.
OF_QUEUE = """
SELECT leg.*
FROM telephony_callrecord asked
JOIN telephony_callleg leg ON leg.record_id = asked.id AND leg.started_at = asked.started_at AND leg.role = 'queue'
JOIN telephony_queue own ON own.id = leg.queue_id AND own.ended_at IS NULL
WHERE asked.public_id = %s AND asked.customer_id = %s
  AND (
      %s OR EXISTS (
          SELECT FROM telephony_queuemember member WHERE member.queue_id = own.id AND member.employee_id = %s
      )
  )
ORDER BY leg.id
LIMIT 1
"""
LATEST = "ORDER BY leg.started_at DESC, leg.id DESC"
# Who chose the profile that held: the choice that was open, else the schedule, if it still says so.
LEGS = """
SELECT leg.role, leg.step, coalesce(employee.name, ''), phone.kind, phone.name, leg.number, leg.why, leg.profile,
       leg.outcome, leg.status, leg.began_at, leg.rang_at, leg.answered_at, leg.ended_at, coalesce(queue.name, ''),
       coalesce(choice.chosen_by, scheduled.why, ''), choice.until, agents.left_out
FROM telephony_callrecord record
JOIN telephony_callleg leg ON leg.record_id = record.id AND leg.started_at = record.started_at
LEFT JOIN tenancy_employee employee ON employee.id = leg.employee_id
LEFT JOIN telephony_queue queue ON queue.id = leg.queue_id
LEFT JOIN telephony_phone phone ON phone.id = leg.phone_id
LEFT JOIN LATERAL (
    SELECT held.chosen_by, held.until
    FROM telephony_profilechoice held
    JOIN telephony_ringprofile profile ON profile.id = held.profile_id
    WHERE leg.profile <> '' AND held.employee_id = leg.employee_id AND held.began_at <= leg.began_at
      AND (held.until IS NULL OR held.until > leg.began_at)
      AND (held.ended_at IS NULL OR held.ended_at > leg.began_at)
      AND coalesce(nullif(profile.name, ''), profile.template) = leg.profile
    ORDER BY held.id DESC
    LIMIT 1
) choice ON true
LEFT JOIN LATERAL (
    SELECT 'schedule' AS why
    FROM switch.schedule_changes(
        CASE WHEN leg.profile <> '' THEN leg.employee_id END, leg.began_at, leg.began_at, 0
    ) said
    JOIN telephony_ringprofile profile ON profile.id = said.profile_id
    WHERE coalesce(nullif(profile.name, ''), profile.template) = leg.profile
) scheduled ON true
-- What agents were on who had no part in the call, for those who take the queue's calls or look after it.
LEFT JOIN LATERAL (
    SELECT json_agg(
        json_build_array(seen.name, told.said ->> 1, told.said ->> 2) ORDER BY seen.name = '', seen.name
    ) AS left_out
    FROM (
        SELECT stay.left_out
        FROM telephony_queuecall stay
        WHERE leg.role = 'queue' AND stay.customer_id = record.customer_id AND stay.queue_id = leg.queue_id
          AND stay.entered_at BETWEEN leg.began_at - interval '5 seconds' AND leg.began_at + interval '5 seconds'
        -- Of two calls at the same moment it is the same.
        ORDER BY abs(extract(epoch FROM stay.entered_at - leg.began_at))
        LIMIT 1
    ) one
    CROSS JOIN LATERAL jsonb_array_elements(one.left_out) told (said)
    JOIN tenancy_employee agent ON agent.id = (told.said ->> 0)::bigint
    -- Who is hidden from colleagues has no name for them here either.
    CROSS JOIN LATERAL (
        SELECT CASE WHEN agent.is_hidden AND agent.id IS DISTINCT FROM %(employee)s AND NOT %(looks_after)s
                    THEN '' ELSE agent.name END AS name
    ) seen
    WHERE (
        %(looks_after)s OR EXISTS (
            SELECT FROM telephony_queuemember member
            WHERE member.queue_id = leg.queue_id AND member.employee_id = %(employee)s
        )
    ) AND NOT EXISTS (
        SELECT FROM telephony_callleg rung
        WHERE rung.record_id = leg.record_id AND rung.started_at = leg.started_at AND rung.queue_id = leg.queue_id
          AND rung.role = 'rung' AND rung.employee_id = agent.id
    )
) agents ON true
WHERE record.public_id = %(call)s AND record.customer_id = %(customer)s
ORDER BY leg.began_at, leg.place, leg.id
"""
