-- A breaker's row for the caches of the processes. Times are what is left of them, because processes have clocks of their own.
CREATE OR REPLACE FUNCTION breaker_state(b breakers) RETURNS json LANGUAGE sql STABLE AS $$
	SELECT json_build_object(
		'key', b.key, 'state', b.state, 'epoch', b.epoch, 'isHeld', b.is_held, 'person', b.person,
		'openMs', ceil(1000 * extract(epoch FROM b.open_until - clock_timestamp()))::float8,
		'throttledMs', ceil(1000 * extract(epoch FROM b.throttled_until - clock_timestamp()))::float8,
		'isTroubled', coalesce(b.last_failure_at > clock_timestamp() - interval '30 seconds', false))
$$;
