-- Keeps what a person whose account is deleted used in days and months that may not have ended in some time zone.
CREATE OR REPLACE FUNCTION keep_allowance(p_user uuid, p_email_key text) RETURNS void LANGUAGE sql AS $$
	DELETE FROM former_allowances WHERE updated_at < now() - interval '40 days';
	INSERT INTO former_allowances (email_key, period, used_nano_usd, used_tokens, used_requests)
	SELECT p_email_key, split_part(key, ':', 3) || ':' || split_part(key, ':', 4), used_nano_usd, used_tokens, used_requests
	FROM quota_buckets
	WHERE starts_with(key, 'user:' || p_user || ':') AND split_part(key, ':', 4) COLLATE "C" >=
		to_char(now() - interval '2 days', CASE split_part(key, ':', 3) WHEN 'day' THEN 'YYYY-MM-DD' ELSE 'YYYY-MM' END)
	ON CONFLICT (email_key, period) DO UPDATE SET updated_at = now(),
		used_nano_usd = former_allowances.used_nano_usd + excluded.used_nano_usd,
		used_tokens = former_allowances.used_tokens + excluded.used_tokens,
		used_requests = former_allowances.used_requests + excluded.used_requests;
$$;
