-- One change of state, with its line of history. A new epoch begins, in which nothing is counted yet. The row is locked.
CREATE OR REPLACE FUNCTION move_breaker(
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
