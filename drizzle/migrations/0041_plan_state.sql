-- Generated from drizzle/functions by npm run db:functions.
SET LOCAL check_function_bodies = off;
--> statement-breakpoint
-- The tiers that a plan leaves open: from its soft limit on without the most expensive of several, if the plan says so.
CREATE OR REPLACE FUNCTION open_tiers(plan plans, today quota_buckets, this_month quota_buckets) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN plan.is_top_tier_lowered AND cardinality(plan.allowed_tiers) > 1
			AND used_percent(plan, today, this_month) >= plan.soft_limit_percent
	THEN array_remove(plan.allowed_tiers, CASE WHEN 'large' = ANY (plan.allowed_tiers) THEN 'large' ELSE 'medium' END)
	ELSE plan.allowed_tiers END
$$;
--> statement-breakpoint
-- The models and tiers of `read_plan_state` alone, as servers of older versions ask for them.
CREATE OR REPLACE FUNCTION read_open_models(p_user uuid, OUT open_models text[], OUT open_tiers text[])
LANGUAGE sql AS $$
	SELECT state.open_models, state.open_tiers FROM read_plan_state(p_user) AS state
$$;
--> statement-breakpoint
-- A person's plan, whether its soft limit is reached, and the models and tiers that `auto` may choose now; null models are all of the tiers.
-- Holds nothing.
CREATE OR REPLACE FUNCTION read_plan_state(p_user uuid, OUT plan_id text, OUT is_near_limit boolean, OUT open_models text[], OUT open_tiers text[])
LANGUAGE plpgsql AS $$
DECLARE
	plan plans;
	local_now timestamp;
	today quota_buckets;
	this_month quota_buckets;
BEGIN
	SELECT plans.* INTO plan FROM users JOIN plans ON plans.id = users.plan WHERE users.id = p_user;
	IF NOT FOUND THEN
		SELECT * INTO plan FROM plans WHERE id = 'free';
	END IF;
	local_now := now() AT TIME ZONE plan.time_zone;
	SELECT * INTO today FROM quota_buckets WHERE key = 'user:' || p_user || ':day:' || to_char(local_now, 'YYYY-MM-DD');
	SELECT * INTO this_month FROM quota_buckets WHERE key = 'user:' || p_user || ':month:' || to_char(local_now, 'YYYY-MM');
	today.used_nano_usd := today.used_nano_usd + today.carried_nano_usd;
	today.used_tokens := today.used_tokens + today.carried_tokens;
	today.used_requests := today.used_requests + today.carried_requests;
	this_month.used_nano_usd := this_month.used_nano_usd + this_month.carried_nano_usd;
	plan_id := plan.id;
	is_near_limit := coalesce(used_percent(plan, today, this_month) >= plan.soft_limit_percent, false);
	open_models := plan.allowed_models;
	open_tiers := open_tiers(plan, today, this_month);
END
$$;
--> statement-breakpoint
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
