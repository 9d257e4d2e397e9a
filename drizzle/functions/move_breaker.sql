-- Changes the state, in a new epoch without results, and writes the line of history. The caller has locked the row. p_person: the
-- person whose failures alone open the breaker. Probes that still run then keep their leases, so that the calls of other people are
-- not more than the probes at a time.
CREATE OR REPLACE FUNCTION move_breaker(
	p_key text, p_to text, p_cause text, p_reason text, p_by uuid, p_rules json, p_person integer DEFAULT NULL
) RETURNS breakers LANGUAGE plpgsql AS $$
DECLARE
	was breakers;
	breaker breakers;
	jitter float8 := (p_rules->>'jitter')::float8;
	is_same boolean;
	openings_now integer;
	open_ms float8;
BEGIN
	SELECT * INTO was FROM breakers WHERE key = p_key;
	-- Open for one person, then for everybody, is one opening.
	is_same := p_to = 'open' AND was.person IS NOT NULL AND p_person IS NULL;
	openings_now := CASE WHEN p_to = 'closed' THEN 0 WHEN p_to = 'open' AND NOT is_same THEN was.openings + 1 ELSE was.openings END;
	IF p_to = 'open' AND p_cause <> 'hand' THEN
		open_ms := least((p_rules->>'openMs')::float8 * 2.0 ^ least(openings_now - 1, 30), (p_rules->>'openMsMax')::float8)
			* (1 - jitter + 2 * jitter * random());
	END IF;
	UPDATE breakers SET state = p_to, epoch = epoch + 1, person = p_person,
		openings = openings_now,
		is_held = p_to = 'open' AND p_cause = 'hand',
		open_until = clock_timestamp() + open_ms * interval '1 millisecond',
		throttled_until = CASE WHEN p_to = 'closed' AND p_cause = 'hand' THEN NULL ELSE throttled_until END,
		failed_ats = '{}', failed_by = '{}', last_success_at = NULL, probe_successes = 0, changed_at = clock_timestamp()
	WHERE key = p_key RETURNING * INTO breaker;
	DELETE FROM breaker_counts WHERE key = p_key;
	IF p_person IS NULL THEN
		DELETE FROM breaker_probes WHERE key = p_key;
	END IF;
	INSERT INTO breaker_history (key, from_state, to_state, epoch, cause, reason, changed_by, open_until, changed_at)
	VALUES (p_key, was.state, p_to, breaker.epoch, p_cause, p_reason, p_by, breaker.open_until, breaker.changed_at);
	RETURN breaker;
END
$$;
