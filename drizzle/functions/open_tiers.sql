-- The tiers that a plan leaves open: from its soft limit on without the most expensive of several, if the plan says so.
CREATE OR REPLACE FUNCTION open_tiers(plan plans, today quota_buckets, this_month quota_buckets) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN plan.is_top_tier_lowered AND cardinality(plan.allowed_tiers) > 1 AND greatest(
			100.0 * (today.used_nano_usd + today.reserved_nano_usd) / nullif(plan.nano_usd_per_day, 0),
			100.0 * (this_month.used_nano_usd + this_month.reserved_nano_usd) / nullif(plan.nano_usd_per_month, 0),
			100.0 * (today.used_tokens + today.reserved_tokens) / nullif(plan.tokens_per_day, 0),
			100.0 * (today.used_requests + today.reserved_requests) / nullif(plan.requests_per_day, 0)
		) >= plan.soft_limit_percent
	THEN array_remove(plan.allowed_tiers, CASE WHEN 'large' = ANY (plan.allowed_tiers) THEN 'large' ELSE 'medium' END)
	ELSE plan.allowed_tiers END
$$;
