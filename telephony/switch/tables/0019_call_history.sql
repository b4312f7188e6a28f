-- What became of calls, partitioned by month: rows are written while a call is on, hardly ever changed afterwards, and
-- a month that is too old goes at once. Only the switch writes them.
CREATE SEQUENCE telephony_callrecord_id_seq;
CREATE TABLE telephony_callrecord (
    id bigint NOT NULL DEFAULT nextval('telephony_callrecord_id_seq'),
    public_id uuid NOT NULL,
    customer_id bigint NOT NULL REFERENCES tenancy_customer DEFERRABLE INITIALLY DEFERRED,
    started_at timestamptz NOT NULL,
    answered_at timestamptz,
    ended_at timestamptz,
    direction varchar(10) NOT NULL CHECK (direction IN ('internal', 'inbound', 'outbound')),
    outcome varchar(10) NOT NULL DEFAULT ''
        CHECK (outcome IN ('', 'answered', 'missed', 'busy', 'refused', 'cancelled', 'failed')),
    status smallint NOT NULL DEFAULT 0,
    ended_by varchar(10) NOT NULL DEFAULT '' CHECK (ended_by IN ('', 'caller', 'callee', 'switch', 'lost')),
    caller_id bigint,
    caller_number varchar(64) NOT NULL DEFAULT '',
    dialled varchar(64) NOT NULL,
    employee_id bigint,
    answered_by_id bigint,
    trunk varchar(80) NOT NULL DEFAULT '',
    node varchar(80) NOT NULL DEFAULT '',
    PRIMARY KEY (id, started_at)
) PARTITION BY RANGE (started_at);
ALTER SEQUENCE telephony_callrecord_id_seq OWNED BY telephony_callrecord.id;
CREATE INDEX call_of_customer ON telephony_callrecord (customer_id, started_at DESC);
CREATE INDEX call_by_public_id ON telephony_callrecord (public_id);

CREATE TABLE telephony_callleg (
    id bigint GENERATED ALWAYS AS IDENTITY,
    record_id bigint NOT NULL,
    started_at timestamptz NOT NULL,
    customer_id bigint NOT NULL REFERENCES tenancy_customer DEFERRABLE INITIALLY DEFERRED,
    employee_id bigint NOT NULL,
    phone_id bigint,
    place smallint NOT NULL DEFAULT 0,
    step smallint NOT NULL DEFAULT 0,
    role varchar(10) NOT NULL CHECK (role IN ('caller', 'rung', 'end')),
    part varchar(10) NOT NULL DEFAULT '' CHECK (part IN ('', 'out', 'answered', 'elsewhere', 'missed')),
    number varchar(64) NOT NULL DEFAULT '',
    why varchar(30) NOT NULL DEFAULT '',
    profile varchar(40) NOT NULL DEFAULT '',
    outcome varchar(10) NOT NULL DEFAULT '',
    status smallint NOT NULL DEFAULT 0,
    began_at timestamptz NOT NULL,
    rang_at timestamptz,
    answered_at timestamptz,
    ended_at timestamptz,
    PRIMARY KEY (id, started_at)
) PARTITION BY RANGE (started_at);
CREATE INDEX leg_of_record ON telephony_callleg (record_id);
CREATE INDEX history_of_employee ON telephony_callleg (employee_id, started_at DESC, id DESC) WHERE part <> '';
CREATE INDEX missed_of_employee ON telephony_callleg (employee_id, started_at DESC, id DESC) WHERE part = 'missed';

GRANT INSERT, UPDATE ON telephony_callrecord, telephony_callleg TO switch_owner;
GRANT USAGE ON SEQUENCE telephony_callrecord_id_seq TO switch_owner;
-- The portal reads the history, and does not write it.
REVOKE INSERT, UPDATE, DELETE ON telephony_callrecord, telephony_callleg FROM app;
CREATE TABLE telephony_callrecord_rest PARTITION OF telephony_callrecord DEFAULT;
CREATE TABLE telephony_callleg_rest PARTITION OF telephony_callleg DEFAULT;
REVOKE ALL ON telephony_callrecord_rest, telephony_callleg_rest FROM app;

-- Make the partitions from this month to `ahead` months later, and drop those that ended more than `keep` months ago;
-- the nightly job calls it. Returns how many were made and dropped.
CREATE FUNCTION telephony_call_partitions(ahead integer, keep integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    whole text;
    month date;
    part text;
    done integer := 0;
BEGIN
    IF keep < 1 THEN
        RAISE EXCEPTION 'keep at least a month';
    END IF;
    FOREACH whole IN ARRAY ARRAY['telephony_callrecord', 'telephony_callleg'] LOOP
        FOR step IN 0..ahead LOOP
            month := date_trunc('month', now() AT TIME ZONE 'UTC')::date + make_interval(months => step);
            part := whole || '_' || to_char(month, 'YYYY_MM');
            CONTINUE WHEN to_regclass('public.' || part) IS NOT NULL;
            EXECUTE format(
                'CREATE TABLE public.%I PARTITION OF public.%I FOR VALUES FROM (%L) TO (%L)',
                part, whole, month::timestamp AT TIME ZONE 'UTC',
                (month + interval '1 month')::timestamp AT TIME ZONE 'UTC'
            );
            EXECUTE format('REVOKE ALL ON public.%I FROM app', part);
            done := done + 1;
        END LOOP;
        FOR part IN
            SELECT child.relname
            FROM pg_inherits
            JOIN pg_class child ON child.oid = inhrelid
            WHERE inhparent = ('public.' || whole)::regclass AND child.relname ~ '_[0-9]{4}_[0-9]{2}$'
              AND to_date(right(child.relname, 7), 'YYYY_MM')
                  < date_trunc('month', now() AT TIME ZONE 'UTC')::date - make_interval(months => keep)
        LOOP
            EXECUTE format('DROP TABLE public.%I', part);
            done := done + 1;
        END LOOP;
    END LOOP;
    RETURN done;
END $$;
REVOKE EXECUTE ON FUNCTION telephony_call_partitions(integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION telephony_call_partitions(integer, integer) TO app;
SELECT telephony_call_partitions(2, 12);
