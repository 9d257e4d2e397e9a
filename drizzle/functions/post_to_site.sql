-- Counts a correction of what the site owes in its budget of this month.
CREATE OR REPLACE FUNCTION post_to_site(p_nano bigint) RETURNS void LANGUAGE sql AS $$
	INSERT INTO quota_buckets (key, used_nano_usd)
	VALUES ('site:month:' || to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM') || ':00', p_nano)
	ON CONFLICT (key) DO UPDATE SET used_nano_usd = quota_buckets.used_nano_usd + excluded.used_nano_usd
$$;
