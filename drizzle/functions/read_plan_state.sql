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
