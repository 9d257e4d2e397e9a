-- Counts for a new account what former accounts of its e-mail address used in periods that have not ended.
CREATE OR REPLACE FUNCTION carry_allowance(p_user uuid, p_email_key text) RETURNS void LANGUAGE sql AS $$
	INSERT INTO quota_buckets (key, carried_nano_usd, carried_tokens, carried_requests)
	SELECT 'user:' || p_user || ':' || period, used_nano_usd, used_tokens, used_requests
	FROM former_allowances WHERE email_key = p_email_key
	ON CONFLICT DO NOTHING;
$$;
