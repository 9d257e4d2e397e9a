-- How much of the plan's limit that is nearest is used or held, in percent; null without a limit.
CREATE OR REPLACE FUNCTION used_percent(plan plans, today quota_buckets, this_month quota_buckets) RETURNS numeric
LANGUAGE sql IMMUTABLE AS $$
	SELECT greatest(
		100.0 * (today.used_nano_usd + today.reserved_nano_usd) / nullif(plan.nano_usd_per_day, 0),
		100.0 * (this_month.used_nano_usd + this_month.reserved_nano_usd) / nullif(plan.nano_usd_per_month, 0),
		100.0 * (today.used_tokens + today.reserved_tokens) / nullif(plan.tokens_per_day, 0),
		100.0 * (today.used_requests + today.reserved_requests) / nullif(plan.requests_per_day, 0)
	)
$$;
