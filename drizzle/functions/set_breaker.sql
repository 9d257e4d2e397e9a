-- A manual change: open until it is closed manually, or closed with nothing counted. False when that changes nothing.
CREATE OR REPLACE FUNCTION set_breaker(p_key text, p_to text, p_reason text, p_by uuid, p_rules json) RETURNS boolean LANGUAGE plpgsql AS $$
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
