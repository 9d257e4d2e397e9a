-- Takes in what a process saw: results by the instant at which they came (milliseconds since the epoch, this database's), of calls that were admitted in an epoch. Those of another epoch count
-- nothing. A failure with "successAtMs" is of a call that was told as a success then, and takes that back. In a row are the failures
-- after the last success that stands, whoever told first. While half open only the leased probes count.
CREATE OR REPLACE FUNCTION report_to_breaker(
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
	-- A call runs no longer: nothing that succeeded before is taken back any more.
	settled_to timestamptz := least(window_from - interval '1 second', at - interval '330 seconds');
	settled_at timestamptz;
	stands_at timestamptz;
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
		WITH told AS (
			SELECT least(soon, to_timestamp(given."atMs" / 1000)) AS told_at, given.ok, given.count,
				CASE WHEN given."successAtMs" IS NOT NULL THEN least(soon, to_timestamp(given."successAtMs" / 1000)) END AS success_at
			FROM json_to_recordset(p_results) AS given ("atMs" float8, ok boolean, count integer, "successAtMs" float8)
		), counted AS (
			SELECT told_at AS counted_at, ok, count AS calls, CASE WHEN ok THEN 0 ELSE count END AS failures
				FROM told WHERE told_at > window_from AND coalesce(success_at <= window_from, true)
			UNION ALL
			SELECT success_at, false, 0, count FROM told WHERE success_at > settled_to
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
		UPDATE breakers SET
			last_success_at = stands_at,
			last_failure_at = greatest(breakers.last_failure_at, told.failure_at),
			failed_ats = ARRAY(
				SELECT failed_at FROM unnest(breakers.failed_ats || told.failed_ats) AS failed_at
				WHERE failed_at > coalesce(settled_at, '-infinity') ORDER BY failed_at DESC LIMIT row_max)
			FROM (
				SELECT max(told_at) FILTER (WHERE NOT ok) AS failure_at,
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
		-- The newest comes first.
		IF breaker.failed_ats[row_max] > coalesce(stands_at, '-infinity') THEN
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
