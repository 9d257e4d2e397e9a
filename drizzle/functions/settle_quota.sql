-- Turns what was held for a turn into what was used. The caller has just closed the turn by compare-and-set, so this happens once.
-- The person is charged at most what was held. The site's slices count the whole cost: each what it holds, the last one the rest.
-- A day of shadow mode counts the whole cost, too.
-- Keys are in the order of the reservation (day, month, site), which is the order of the locks.
CREATE OR REPLACE FUNCTION settle_quota(
	p_keys text[], p_nanos bigint[], p_held_tokens bigint, p_charged bigint, p_used_tokens bigint, p_cost bigint
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	cost_left bigint := p_cost;
	part bigint;
	is_day boolean;
BEGIN
	FOR place IN 1..coalesce(cardinality(p_keys), 0) LOOP
		IF p_keys[place] LIKE 'user:%' THEN
			is_day := p_keys[place] LIKE 'user:%:day:%';
			UPDATE quota_buckets SET reserved_nano_usd = reserved_nano_usd - p_nanos[place],
				used_nano_usd = used_nano_usd + p_charged,
				reserved_tokens = reserved_tokens - p_held_tokens, used_tokens = used_tokens + p_used_tokens,
				reserved_requests = reserved_requests - is_day::integer, used_requests = used_requests + is_day::integer
			WHERE key = p_keys[place];
		ELSIF p_keys[place] LIKE 'shadow:%' THEN
			UPDATE quota_buckets SET reserved_nano_usd = reserved_nano_usd - p_nanos[place],
				used_nano_usd = used_nano_usd + p_cost
			WHERE key = p_keys[place];
		ELSE
			part := CASE WHEN place = cardinality(p_keys) THEN cost_left ELSE least(cost_left, p_nanos[place]) END;
			cost_left := cost_left - part;
			UPDATE quota_buckets SET reserved_nano_usd = reserved_nano_usd - p_nanos[place],
				used_nano_usd = used_nano_usd + part
			WHERE key = p_keys[place];
		END IF;
	END LOOP;
END
$$;
