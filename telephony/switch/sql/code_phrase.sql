-- Say in words what a code has done: phones show the reason of a SIP answer. The language is that of
-- p_country, English where that is neither Danish nor Swedish; letters are UTF-8, as RFC 3261 has it (25.1).
CREATE OR REPLACE FUNCTION switch.code_phrase(p_result text, p_country text, p_what text) RETURNS text
LANGUAGE sql IMMUTABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
    SELECT replace(
        coalesce(
            (
                SELECT CASE p_country WHEN 'DK' THEN phrase.danish WHEN 'SE' THEN phrase.swedish ELSE phrase.english END
                FROM (
                    VALUES
                        ('signed_in', 'Logget ind i %', 'Inloggad i %', 'Signed in to %'),
                        ('already_in', 'Allerede logget ind i %', 'Redan inloggad i %', 'Already signed in to %'),
                        ('signed_out', 'Logget ud af %', 'Utloggad ur %', 'Signed out of %'),
                        ('already_out', 'Allerede logget ud af %', 'Redan utloggad ur %', 'Already signed out of %'),
                        ('out_after_call', 'Logges ud af % efter kaldet', 'Loggas ut ur % efter samtalet',
                         'Signed out of % after the call'),
                        ('not_member', 'Du er ikke medlem af %', 'Du ingår inte i %', 'You are not a member of %'),
                        ('paused', 'Pause', 'Paus', 'Paused'),
                        ('resumed', 'Pausen er slut', 'Pausen är slut', 'The pause is over'),
                        ('no_queues', 'Du er ikke logget ind i nogen', 'Du är inte inloggad', 'You are not signed in'),
                        ('profile', 'Profil: %', 'Profil: %', 'Profile: %'),
                        ('forwarded', 'Viderestillet til %', 'Vidarekopplad till %', 'Forwarded to %'),
                        ('forward_off', 'Viderestilling er slut', 'Vidarekoppling av', 'Forwarding is off'),
                        ('dnd', 'Forstyr ikke', 'Stör ej', 'Do not disturb'),
                        ('dnd_off', 'Forstyr ikke er slut', 'Stör ej är av', 'May be disturbed'),
                        ('abroad', 'Kun numre i landet', 'Bara nummer i landet', 'Numbers of this country only'),
                        ('picked_up', 'Henter opkald fra %', 'Hämtar samtal från %', 'Fetching the call from %'),
                        ('nothing_rings', 'Intet opkald at hente', 'Inget samtal att hämta', 'No call to take'),
                        ('no_group', 'Du er ikke i en gruppe', 'Du är inte med i någon grupp', 'You are in no group'),
                        ('refused', 'Nummeret er lukket', 'Numret är spärrat', 'The number is barred')
                ) phrase (result, danish, swedish, english)
                WHERE phrase.result = p_result
            ),
            'Not Found'
        ),
        '%',
        -- It stands in the first line of an answer.
        left(regexp_replace(p_what, '[[:cntrl:]"\\$%]+', ' ', 'g'), 40)
    )
$function$;
ALTER FUNCTION switch.code_phrase(text, text, text) OWNER TO switch_owner;
REVOKE ALL ON FUNCTION switch.code_phrase(text, text, text) FROM PUBLIC;
