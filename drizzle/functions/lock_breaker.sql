-- The row of a breaker, created if it does not exist, locked until the end of the transaction.
CREATE OR REPLACE FUNCTION lock_breaker(p_key text) RETURNS breakers LANGUAGE plpgsql AS $$
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
