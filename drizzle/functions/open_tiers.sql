-- The tiers that a plan leaves open: from its soft limit on without the most expensive of several, if the plan says so.
CREATE OR REPLACE FUNCTION open_tiers(plan plans, today quota_buckets, this_month quota_buckets) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN plan.is_top_tier_lowered AND cardinality(plan.allowed_tiers) > 1
			AND used_percent(plan, today, this_month) >= plan.soft_limit_percent
	THEN array_remove(plan.allowed_tiers, CASE WHEN 'large' = ANY (plan.allowed_tiers) THEN 'large' ELSE 'medium' END)
	ELSE plan.allowed_tiers END
$$;
