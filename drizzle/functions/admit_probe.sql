-- Whether a call may be made while the breaker is not closed. When its time is over an open breaker becomes half open; at once for
-- the call of another person than the one whose failures alone opened it. Half open it leases places for probes, a few at a time over
-- all processes. A place that is not given back is free again when its lease expires.
CREATE OR REPLACE FUNCTION admit_probe(p_key text, p_probe uuid, p_rules json, p_person integer DEFAULT NULL) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
	breaker breakers := lock_breaker(p_key);
	was_epoch integer := breaker.epoch;
	is_probe boolean := false;
BEGIN
	IF breaker.state = 'open' AND NOT breaker.is_held
		AND (breaker.open_until <= clock_timestamp() OR coalesce(breaker.person <> p_person, false)) THEN
		breaker := move_breaker(p_key, 'half_open', 'time', NULL, NULL, p_rules, breaker.person);
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
