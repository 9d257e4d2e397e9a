-- Generated from drizzle/functions by npm run db:functions.
SET LOCAL check_function_bodies = off;
--> statement-breakpoint
-- Keeps what a person whose account is deleted used in days and months that may not have ended in some time zone.
CREATE OR REPLACE FUNCTION keep_allowance(p_user uuid, p_email_key text) RETURNS void LANGUAGE sql AS $$
	INSERT INTO former_allowances (email_key, period, used_nano_usd, used_tokens, used_requests)
	SELECT p_email_key, period, used_nano_usd, used_tokens, used_requests
	FROM (
		SELECT DISTINCT unit || ':' || to_char(now() AT TIME ZONE 'UTC' + shift * interval '1 day', format) AS period
		FROM generate_series(-2, 1) AS shift, (VALUES ('day', 'YYYY-MM-DD'), ('month', 'YYYY-MM')) AS units (unit, format)
	) AS periods JOIN quota_buckets ON key = 'user:' || p_user || ':' || period
	ON CONFLICT (email_key, period) DO UPDATE SET updated_at = now(),
		used_nano_usd = former_allowances.used_nano_usd + excluded.used_nano_usd,
		used_tokens = former_allowances.used_tokens + excluded.used_tokens,
		used_requests = former_allowances.used_requests + excluded.used_requests;
$$;
