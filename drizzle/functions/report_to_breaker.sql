-- Counts results that a process reports: when their calls ended (milliseconds since the Unix epoch by this database's clock), of how
-- many calls, and of failures whose calls they were. Results of another epoch are not counted. A failure with "successAtMs" is of a
-- call that was counted as a success then, and takes that back. Failures are in a row when no success that stands came after the
-- first of them, in whatever order processes report. While the breaker is half open only leased probes count. Failures of one person
-- may depend on what that person wrote, so they open the breaker for that person only.
CREATE OR REPLACE FUNCTION report_to_breaker(
	p_key text, p_epoch integer, p_results json, p_throttled_ms float8, p_probe uuid, p_rules json
) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
	breaker breakers := lock_breaker(p_key);
	was_epoch integer := breaker.epoch;
	was_troubled boolean;
	at timestamptz := clock_timestamp();
	-- Processes compare their clocks with this one, with an error below a second: later instants are cut to this.
	soon timestamptz := at + interval '1 second';
	window_from timestamptz := at - (p_rules->>'windowMs')::float8 * interval '1 millisecond';
	row_max integer := (p_rules->>'inARowMax')::integer;
	-- No call runs longer, so successes before this are not taken back any more.
	settled_to timestamptz := least(window_from - interval '1 second', at - interval '330 seconds');
	settled_at timestamptz;
	stands_at timestamptz;
	has_lease boolean := false;
	is_news boolean := false;
	calls integer;
	failures integer;
	one_person integer;
	suffix text;
	error_class text;
	error_at timestamptz;
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
	-- The instant of a probe's result is not told: it ends now.
	SELECT given.class, CASE WHEN given."atMs" > 0 THEN least(soon, to_timestamp(given."atMs" / 1000)) ELSE at END
		INTO error_class, error_at
		FROM json_to_recordset(p_results) AS given ("atMs" float8, ok boolean, class text)
		WHERE NOT given.ok AND given.class IS NOT NULL ORDER BY given."atMs" DESC LIMIT 1;
	IF error_at > coalesce(breaker.last_error_at, '-infinity') THEN
		UPDATE breakers SET last_error_class = error_class, last_error_at = error_at WHERE key = p_key RETURNING * INTO breaker;
	END IF;

	IF has_lease AND (breaker.state = 'half_open' AND breaker.epoch = p_epoch OR breaker.state = 'open' AND breaker.person IS NOT NULL) THEN
		SELECT coalesce(sum(given.count) FILTER (WHERE given.ok), 0), coalesce(sum(given.count) FILTER (WHERE NOT given.ok), 0),
			only_person(array_agg(given.person) FILTER (WHERE NOT given.ok))
			INTO calls, failures, one_person FROM json_to_recordset(p_results) AS given (ok boolean, count integer, person integer);
		IF breaker.state = 'open' THEN
			-- The probe of another person fails, too.
			IF failures > 0 AND one_person IS DISTINCT FROM breaker.person THEN
				UPDATE breakers SET person = NULL WHERE key = p_key RETURNING * INTO breaker;
				is_news := true;
			END IF;
		ELSIF failures > 0 THEN
			IF breaker.person <> one_person THEN
				one_person := NULL;
			END IF;
			breaker := move_breaker(p_key, 'open', 'probe_failed', NULL, NULL, p_rules, one_person);
		ELSIF calls > 0 THEN
			UPDATE breakers SET probe_successes = probe_successes + calls WHERE key = p_key RETURNING * INTO breaker;
			IF breaker.probe_successes >= (p_rules->>'successesMin')::integer THEN
				breaker := move_breaker(p_key, 'closed', 'probes_succeeded', breaker.probe_successes || ' successes', NULL, p_rules);
			END IF;
		END IF;
	ELSIF breaker.epoch = p_epoch AND breaker.state = 'closed' THEN
		WITH reported AS (
			SELECT least(soon, to_timestamp(given."atMs" / 1000)) AS ended_at, given.ok, given.count,
				CASE WHEN given."successAtMs" IS NOT NULL THEN least(soon, to_timestamp(given."successAtMs" / 1000)) END AS success_at
			FROM json_to_recordset(p_results) AS given ("atMs" float8, ok boolean, count integer, "successAtMs" float8)
		), counted AS (
			SELECT ended_at AS counted_at, ok, count AS calls, CASE WHEN ok THEN 0 ELSE count END AS failures
				FROM reported WHERE ended_at > window_from AND coalesce(success_at <= window_from, true)
			UNION ALL
			SELECT success_at, false, 0, count FROM reported WHERE success_at > settled_to
		)
		INSERT INTO breaker_counts AS known (key, second, calls, failures, success_at)
			SELECT p_key, date_trunc('second', counted_at), sum(counted.calls), sum(counted.failures), max(counted_at) FILTER (WHERE ok)
			FROM counted GROUP BY 2
			ON CONFLICT (key, second) DO UPDATE
				SET calls = known.calls + excluded.calls, failures = known.failures + excluded.failures,
					success_at = greatest(known.success_at, excluded.success_at);
		SELECT max(counted.success_at), max(counted.success_at) FILTER (WHERE counted.second <= settled_to)
			INTO stands_at, settled_at
			FROM breaker_counts AS counted WHERE counted.key = p_key AND counted.calls > counted.failures;
		DELETE FROM breaker_counts WHERE key = p_key AND second <= settled_to;
		WITH failed AS (
			SELECT failed_at, failed_by FROM unnest(breaker.failed_ats, breaker.failed_by) AS known (failed_at, failed_by)
			UNION ALL
			SELECT least(soon, to_timestamp(given."atMs" / 1000)), given.person
				FROM json_to_recordset(p_results) AS given ("atMs" float8, ok boolean, count integer, person integer)
				CROSS JOIN generate_series(1, least(given.count, row_max))
				WHERE NOT given.ok
		), newest AS (
			SELECT * FROM failed WHERE failed_at > coalesce(settled_at, '-infinity') ORDER BY failed_at DESC LIMIT row_max
		)
		UPDATE breakers SET
			last_success_at = stands_at,
			last_failure_at = greatest(last_failure_at, (SELECT max(failed_at) FROM failed)),
			failed_ats = coalesce((SELECT array_agg(failed_at ORDER BY failed_at DESC) FROM newest), '{}'),
			failed_by = coalesce((SELECT array_agg(failed_by ORDER BY failed_at DESC) FROM newest), '{}')
			WHERE key = p_key RETURNING * INTO breaker;
		SELECT coalesce(sum(counted.calls), 0), coalesce(sum(counted.failures), 0) INTO calls, failures
			FROM breaker_counts AS counted WHERE counted.key = p_key AND counted.second > window_from;
		one_person := only_person(breaker.failed_by);
		suffix := CASE WHEN one_person IS NULL THEN '' ELSE ', all of one person' END;
		-- The newest failure is the first.
		IF breaker.failed_ats[row_max] > coalesce(stands_at, '-infinity') THEN
			breaker := move_breaker(p_key, 'open', 'in_a_row', row_max || ' failures in a row' || suffix, NULL, p_rules, one_person);
		ELSIF failures > 0 AND calls >= (p_rules->>'callsMin')::integer
			AND failures >= calls * (p_rules->>'failureShare')::float8 THEN
			breaker := move_breaker(p_key, 'open', 'share', failures || ' of ' || calls || ' calls failed', NULL, p_rules, one_person);
		END IF;
	END IF;
	is_news := is_news OR breaker.epoch <> was_epoch
		OR (NOT was_troubled AND coalesce(breaker.last_failure_at > window_from, false));
	RETURN json_build_object('state', breaker_state(breaker), 'isNews', is_news);
END
$$;
