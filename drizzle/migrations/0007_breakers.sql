CREATE TABLE "breaker_counts" (
	"key" text NOT NULL,
	"second" timestamp with time zone NOT NULL,
	"calls" integer NOT NULL,
	"failures" integer NOT NULL,
	CONSTRAINT "breaker_counts_key_second_pk" PRIMARY KEY("key","second")
);
--> statement-breakpoint
CREATE TABLE "breaker_history" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "breaker_history_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"key" text NOT NULL,
	"from_state" text NOT NULL,
	"to_state" text NOT NULL,
	"epoch" integer NOT NULL,
	"cause" text NOT NULL,
	"reason" text,
	"changed_by" uuid,
	"open_until" timestamp with time zone,
	"changed_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "breaker_probes" (
	"key" text NOT NULL,
	"id" uuid NOT NULL,
	"leased_until" timestamp with time zone NOT NULL,
	CONSTRAINT "breaker_probes_key_id_pk" PRIMARY KEY("key","id")
);
--> statement-breakpoint
CREATE TABLE "breakers" (
	"key" text PRIMARY KEY NOT NULL,
	"state" text DEFAULT 'closed' NOT NULL,
	"epoch" integer DEFAULT 1 NOT NULL,
	"openings" integer DEFAULT 0 NOT NULL,
	"is_held" boolean DEFAULT false NOT NULL,
	"open_until" timestamp with time zone,
	"throttled_until" timestamp with time zone,
	"failed_ats" timestamp with time zone[] DEFAULT '{}' NOT NULL,
	"last_success_at" timestamp with time zone,
	"last_failure_at" timestamp with time zone,
	"probe_successes" integer DEFAULT 0 NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE INDEX "breaker_history_by_key" ON "breaker_history" USING btree ("key","id");
--> statement-breakpoint
CREATE TRIGGER breaker_history_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "breaker_history" EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
-- A breaker as processes keep it in memory: what is left of its times, because only durations mean the same on every clock.
CREATE FUNCTION breaker_state(b breakers) RETURNS json LANGUAGE sql STABLE AS $$
	SELECT json_build_object(
		'key', b.key, 'state', b.state, 'epoch', b.epoch, 'isHeld', b.is_held,
		'openMs', ceil(1000 * extract(epoch FROM b.open_until - clock_timestamp()))::float8,
		'throttledMs', ceil(1000 * extract(epoch FROM b.throttled_until - clock_timestamp()))::float8,
		'isTroubled', coalesce(b.last_failure_at > clock_timestamp() - interval '30 seconds', false))
$$;
--> statement-breakpoint
-- The breaker's row, made when it first has something to tell, locked until the end of the transaction.
CREATE FUNCTION lock_breaker(p_key text) RETURNS breakers LANGUAGE plpgsql AS $$
DECLARE
	breaker breakers;
BEGIN
	SELECT * INTO breaker FROM breakers WHERE key = p_key FOR UPDATE;
	IF NOT FOUND THEN
		INSERT INTO breakers (key) VALUES (p_key) ON CONFLICT DO NOTHING;
		SELECT * INTO breaker FROM breakers WHERE key = p_key FOR UPDATE;
	END IF;
	RETURN breaker;
END
$$;
--> statement-breakpoint
-- One change of state, with its line of history. A new epoch begins, in which nothing is counted yet. The row is locked.
CREATE FUNCTION move_breaker(
	p_key text, p_to text, p_cause text, p_reason text, p_by uuid, p_rules json
) RETURNS breakers LANGUAGE plpgsql AS $$
DECLARE
	was breakers;
	breaker breakers;
	jitter float8 := (p_rules->>'jitter')::float8;
	open_ms float8;
BEGIN
	SELECT * INTO was FROM breakers WHERE key = p_key;
	IF p_to = 'open' AND p_cause <> 'hand' THEN
		open_ms := least((p_rules->>'openMs')::float8 * 2.0 ^ least(was.openings, 30), (p_rules->>'openMsMax')::float8)
			* (1 - jitter + 2 * jitter * random());
	END IF;
	UPDATE breakers SET state = p_to, epoch = epoch + 1,
		openings = CASE p_to WHEN 'open' THEN openings + 1 WHEN 'closed' THEN 0 ELSE openings END,
		is_held = p_to = 'open' AND p_cause = 'hand',
		open_until = clock_timestamp() + open_ms * interval '1 millisecond',
		throttled_until = CASE WHEN p_to = 'closed' AND p_cause = 'hand' THEN NULL ELSE throttled_until END,
		failed_ats = '{}', last_success_at = NULL, probe_successes = 0, changed_at = clock_timestamp()
	WHERE key = p_key RETURNING * INTO breaker;
	DELETE FROM breaker_counts WHERE key = p_key;
	DELETE FROM breaker_probes WHERE key = p_key;
	INSERT INTO breaker_history (key, from_state, to_state, epoch, cause, reason, changed_by, open_until, changed_at)
	VALUES (p_key, was.state, p_to, breaker.epoch, p_cause, p_reason, p_by, breaker.open_until, breaker.changed_at);
	RETURN breaker;
END
$$;
--> statement-breakpoint
-- Takes in what a process saw: results by the instant at which they came (milliseconds since the epoch, this database's), of calls that were admitted in an epoch. Those of another epoch count
-- nothing. In a row are the failures after the last success, whoever told first. While half open only the leased probes count.
CREATE FUNCTION report_to_breaker(
	p_key text, p_epoch integer, p_results json, p_throttled_ms float8, p_probe uuid, p_rules json
) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
	breaker breakers := lock_breaker(p_key);
	was_epoch integer := breaker.epoch;
	was_troubled boolean;
	at timestamptz := clock_timestamp();
	-- Processes compare their clocks with this one, which errs by a part of a second; no more is believed.
	soon timestamptz := at + interval '1 second';
	window_from timestamptz := at - (p_rules->>'windowMs')::float8 * interval '1 millisecond';
	row_max integer := (p_rules->>'inARowMax')::integer;
	has_lease boolean := false;
	is_news boolean := false;
	calls integer;
	failures integer;
BEGIN
	was_troubled := coalesce(breaker.last_failure_at > window_from, false);
	IF p_probe IS NOT NULL THEN
		DELETE FROM breaker_probes WHERE key = p_key AND id = p_probe;
		has_lease := FOUND;
	END IF;
	IF p_throttled_ms > 0 AND coalesce(at + p_throttled_ms * interval '1 millisecond' > breaker.throttled_until, true) THEN
		UPDATE breakers SET throttled_until = at + p_throttled_ms * interval '1 millisecond'
			WHERE key = p_key RETURNING * INTO breaker;
		is_news := true;
	END IF;

	IF breaker.epoch = p_epoch AND breaker.state = 'half_open' AND has_lease THEN
		SELECT coalesce(sum(given.count) FILTER (WHERE given.ok), 0), coalesce(sum(given.count) FILTER (WHERE NOT given.ok), 0)
			INTO calls, failures FROM json_to_recordset(p_results) AS given (ok boolean, count integer);
		IF failures > 0 THEN
			breaker := move_breaker(p_key, 'open', 'probe_failed', NULL, NULL, p_rules);
		ELSIF calls > 0 THEN
			UPDATE breakers SET probe_successes = probe_successes + calls WHERE key = p_key RETURNING * INTO breaker;
			IF breaker.probe_successes >= (p_rules->>'successesMin')::integer THEN
				breaker := move_breaker(p_key, 'closed', 'probes_succeeded', breaker.probe_successes || ' successes', NULL, p_rules);
			END IF;
		END IF;
	ELSIF breaker.epoch = p_epoch AND breaker.state = 'closed' THEN
		INSERT INTO breaker_counts AS known (key, second, calls, failures)
			SELECT p_key, date_trunc('second', least(soon, to_timestamp(given."atMs" / 1000))), sum(given.count),
				coalesce(sum(given.count) FILTER (WHERE NOT given.ok), 0)
			FROM json_to_recordset(p_results) AS given ("atMs" float8, ok boolean, count integer)
			WHERE to_timestamp(given."atMs" / 1000) > window_from GROUP BY 2
			ON CONFLICT (key, second) DO UPDATE
				SET calls = known.calls + excluded.calls, failures = known.failures + excluded.failures;
		DELETE FROM breaker_counts WHERE key = p_key AND second <= window_from - interval '1 second';
		UPDATE breakers SET
			last_success_at = greatest(breakers.last_success_at, told.success_at),
			last_failure_at = greatest(breakers.last_failure_at, told.failure_at),
			failed_ats = ARRAY(
				SELECT failed_at FROM unnest(breakers.failed_ats || told.failed_ats) AS failed_at
				WHERE failed_at > coalesce(greatest(breakers.last_success_at, told.success_at), '-infinity')
				ORDER BY failed_at DESC LIMIT row_max)
			FROM (
				SELECT max(told_at) FILTER (WHERE ok) AS success_at, max(told_at) FILTER (WHERE NOT ok) AS failure_at,
					coalesce(array_agg(told_at) FILTER (WHERE NOT ok), '{}') AS failed_ats
				FROM (
					SELECT least(soon, to_timestamp(given."atMs" / 1000)) AS told_at, given.ok
					FROM json_to_recordset(p_results) AS given ("atMs" float8, ok boolean, count integer)
					CROSS JOIN generate_series(1, CASE WHEN given.ok THEN 1 ELSE least(given.count, row_max) END)
				) AS single
			) AS told
			WHERE key = p_key RETURNING breakers.* INTO breaker;
		SELECT coalesce(sum(counted.calls), 0), coalesce(sum(counted.failures), 0) INTO calls, failures
			FROM breaker_counts AS counted WHERE counted.key = p_key AND counted.second > window_from;
		IF cardinality(breaker.failed_ats) >= row_max THEN
			breaker := move_breaker(p_key, 'open', 'in_a_row', row_max || ' failures in a row', NULL, p_rules);
		ELSIF failures > 0 AND calls >= (p_rules->>'callsMin')::integer
			AND failures >= calls * (p_rules->>'failureShare')::float8 THEN
			breaker := move_breaker(p_key, 'open', 'share', failures || ' of ' || calls || ' calls failed', NULL, p_rules);
		END IF;
	END IF;
	is_news := is_news OR breaker.epoch <> was_epoch
		OR (NOT was_troubled AND coalesce(breaker.last_failure_at > window_from, false));
	RETURN json_build_object('state', breaker_state(breaker), 'isNews', is_news);
END
$$;
--> statement-breakpoint
-- Whether a call may be made while a breaker is not closed. After its time an open one begins to give out probes, so many at a
-- time over all processes; a place that is not given back is free again when its lease ends.
CREATE FUNCTION admit_probe(p_key text, p_probe uuid, p_rules json) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
	breaker breakers := lock_breaker(p_key);
	was_epoch integer := breaker.epoch;
	is_probe boolean := false;
BEGIN
	IF breaker.state = 'open' AND NOT breaker.is_held AND breaker.open_until <= clock_timestamp() THEN
		breaker := move_breaker(p_key, 'half_open', 'time', NULL, NULL, p_rules);
	END IF;
	IF breaker.state = 'half_open' THEN
		DELETE FROM breaker_probes WHERE key = p_key AND leased_until <= clock_timestamp();
		IF (SELECT count(*) FROM breaker_probes WHERE key = p_key) < (p_rules->>'probesMax')::integer THEN
			INSERT INTO breaker_probes (key, id, leased_until)
			VALUES (p_key, p_probe, clock_timestamp() + (p_rules->>'leaseMs')::float8 * interval '1 millisecond');
			is_probe := true;
		END IF;
	END IF;
	RETURN json_build_object('state', breaker_state(breaker), 'isProbe', is_probe, 'isNews', breaker.epoch <> was_epoch);
END
$$;
--> statement-breakpoint
-- An administrator's word: open until it is closed by hand, or closed with nothing counted. False when it was so already.
CREATE FUNCTION set_breaker(p_key text, p_to text, p_reason text, p_by uuid, p_rules json) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	breaker breakers := lock_breaker(p_key);
BEGIN
	IF p_to = 'open' AND breaker.is_held
		OR p_to = 'closed' AND breaker.state = 'closed' AND coalesce(breaker.throttled_until <= clock_timestamp(), true) THEN
		RETURN false;
	END IF;
	PERFORM move_breaker(p_key, p_to, 'hand', p_reason, p_by, p_rules);
	RETURN true;
END
$$;
