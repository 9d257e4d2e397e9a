-- Generated from drizzle/functions by npm run db:functions.
SET LOCAL check_function_bodies = off;
--> statement-breakpoint
-- Holds what a turn may cost at most in all its buckets, or in none, by the database's clock and the time zone of the plan.
-- `p_output_nano_per_mtok` is the price of a million output tokens; the answer's length is cut to what is left.
-- Concurrent callers wait for each other on the person's buckets (day, then month), then on the site's, always in this order.
-- Answers in the background do not count as streams of the person; they have places of their own, and wait while all of the
-- person's are taken. Pauses of spending are read here, so they apply to every instance from their COMMIT on.
CREATE OR REPLACE FUNCTION reserve_quota(
	p_user uuid, p_turn uuid, p_input_tokens bigint, p_input_nano bigint, p_output_nano_per_mtok bigint,
	p_output_tokens integer, p_model text, p_tier text, p_site_nano bigint,
	OUT refusal text, OUT resets_at timestamptz, OUT output_tokens integer, OUT nano_usd bigint, OUT tokens bigint,
	OUT keys text[], OUT nanos bigint[], OUT open_models text[], OUT open_tiers text[]
) LANGUAGE plpgsql AS $$
DECLARE
	slices constant integer := 16;
	output_min constant integer := 256;
	slice_limit constant bigint := p_site_nano / slices;
	plan plans;
	local_now timestamp;
	today_key text;
	month_key text;
	pair record;
	today quota_buckets;
	this_month quota_buckets;
	wanted integer;
	site_prefix text;
	slice_key text;
	site record;
	slice quota_buckets;
	site_room bigint := 0;
	site_unused bigint := 0;
	site_left bigint;
	part bigint;
BEGIN
	SELECT plans.* INTO plan FROM users JOIN plans ON plans.id = users.plan WHERE users.id = p_user;
	IF NOT FOUND THEN
		SELECT * INTO plan FROM plans WHERE id = 'free';
	END IF;
	IF EXISTS (SELECT FROM spending_pauses
		WHERE scope = ANY (ARRAY['all', 'plan:' || plan.id, 'user:' || p_user, 'model:' || p_model])) THEN
		refusal := 'spending_paused';
		RETURN;
	END IF;
	IF NOT p_tier = ANY (plan.allowed_tiers) OR NOT coalesce(p_model = ANY (plan.allowed_models), true) THEN
		refusal := 'model_not_allowed';
		RETURN;
	END IF;
	open_models := plan.allowed_models;
	wanted := least(p_output_tokens, coalesce(plan.max_output_tokens, p_output_tokens));
	local_now := now() AT TIME ZONE plan.time_zone;
	today_key := 'user:' || p_user || ':day:' || to_char(local_now, 'YYYY-MM-DD');
	month_key := 'user:' || p_user || ':month:' || to_char(local_now, 'YYYY-MM');
	IF p_site_nano IS NOT NULL THEN
		site_prefix := 'site:month:' || to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM') || ':';
		slice_key := site_prefix || lpad(abs(hashtext(p_turn::text) % slices)::text, 2, '0');
		SELECT coalesce(max(used_nano_usd + reserved_nano_usd), 0) AS fullest,
			max(used_nano_usd + reserved_nano_usd) FILTER (WHERE key = slice_key) AS own
			INTO site FROM quota_buckets WHERE key BETWEEN site_prefix || '00' AND site_prefix || '99';
	END IF;

	-- From here until COMMIT, other turns of the same person wait: few statements follow.
	SELECT d, m INTO pair FROM quota_buckets d, quota_buckets m
		WHERE d.key = today_key AND m.key = month_key FOR UPDATE OF d, m;
	IF FOUND THEN
		today := pair.d;
		this_month := pair.m;
		IF today.carried_nano_usd <> 0 OR today.carried_tokens <> 0 OR today.carried_requests <> 0 OR this_month.carried_nano_usd <> 0 THEN
			today := with_carried(today);
			this_month := with_carried(this_month);
		END IF;
	ELSE
		today := lock_bucket(today_key);
		this_month := lock_bucket(month_key);
	END IF;
	open_tiers := CASE WHEN plan.is_top_tier_lowered THEN open_tiers(plan, today, this_month) ELSE plan.allowed_tiers END;
	IF NOT p_tier = ANY (open_tiers) THEN
		refusal := 'top_tier';
		resets_at := (CASE WHEN 100.0 * (this_month.used_nano_usd + this_month.reserved_nano_usd)
				/ nullif(plan.nano_usd_per_month, 0) >= plan.soft_limit_percent
			THEN date_trunc('month', local_now) + interval '1 month'
			ELSE date_trunc('day', local_now) + interval '1 day' END) AT TIME ZONE plan.time_zone;
		RETURN;
	END IF;
	IF (SELECT count(*) FROM turns WHERE user_id = p_user AND status IN ('queued', 'running')
			AND priority <> 'background') >= plan.concurrent_streams THEN
		refusal := 'concurrent_streams';
		RETURN;
	END IF;

	-- The same sum without what running turns hold says whether waiting helps. When several limits are reached, the one that
	-- resets last is named.
	output_tokens := affordable_output(plan, today, this_month, true, p_input_tokens, p_input_nano, p_output_nano_per_mtok, wanted);
	IF output_tokens < least(wanted, output_min) THEN
		IF affordable_output(plan, today, this_month, false, p_input_tokens, p_input_nano, p_output_nano_per_mtok, wanted) >= least(wanted, output_min) THEN
			refusal := 'in_flight';
			RETURN;
		END IF;
		nano_usd := p_input_nano + ceil(least(wanted, output_min) * p_output_nano_per_mtok / 1000000.0);
		refusal := CASE
			WHEN this_month.used_nano_usd + nano_usd > plan.nano_usd_per_month THEN 'money_per_month'
			WHEN today.used_requests >= plan.requests_per_day THEN 'requests_per_day'
			WHEN today.used_tokens + p_input_tokens + least(wanted, output_min) > plan.tokens_per_day THEN 'tokens_per_day'
			ELSE 'money_per_day' END;
		resets_at := (CASE WHEN refusal = 'money_per_month' THEN date_trunc('month', local_now) + interval '1 month'
			ELSE date_trunc('day', local_now) + interval '1 day' END) AT TIME ZONE plan.time_zone;
		RETURN;
	END IF;

	nano_usd := p_input_nano + ceil(output_tokens * p_output_nano_per_mtok / 1000000.0)::bigint;
	tokens := p_input_tokens + output_tokens;
	keys := ARRAY[today_key, month_key];
	nanos := ARRAY[nano_usd, nano_usd];

	IF p_site_nano IS NOT NULL THEN
		-- One slice of the site's budget, when it seems to have enough and none is overdrawn; it is locked last, to avoid deadlocks.
		-- Else all slices, in order.
		IF site.fullest <= slice_limit AND coalesce(site.own, 0) + nano_usd <= slice_limit THEN
			IF site.own IS NULL THEN
				INSERT INTO quota_buckets (key) VALUES (slice_key) ON CONFLICT DO NOTHING;
			END IF;
			UPDATE quota_buckets SET reserved_nano_usd = reserved_nano_usd + reserve_quota.nano_usd
			WHERE key = slice_key AND slice_limit - used_nano_usd - reserved_nano_usd >= reserve_quota.nano_usd;
			IF NOT FOUND THEN
				refusal := 'in_flight';
				RETURN;
			END IF;
			keys := keys || slice_key;
			nanos := nanos || nano_usd;
		ELSE
			FOR number IN 0..slices - 1 LOOP
				slice := lock_bucket(site_prefix || lpad(number::text, 2, '0'));
				site_unused := site_unused + slice_limit - slice.used_nano_usd;
				site_room := site_room + slice_limit - slice.used_nano_usd - slice.reserved_nano_usd;
			END LOOP;
			IF site_room < nano_usd THEN
				IF site_unused >= nano_usd THEN
					refusal := 'in_flight';
					RETURN;
				END IF;
				refusal := 'site_budget';
				resets_at := (date_trunc('month', now() AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC';
				RETURN;
			END IF;
			PERFORM level_slices(site_prefix, slice_limit);
			site_left := nano_usd;
			FOR slice IN SELECT * FROM quota_buckets
				WHERE key BETWEEN site_prefix || '00' AND site_prefix || '99' ORDER BY key
			LOOP
				part := least(site_left, slice_limit - slice.used_nano_usd - slice.reserved_nano_usd);
				IF part > 0 THEN
					UPDATE quota_buckets SET reserved_nano_usd = reserved_nano_usd + part WHERE key = slice.key;
					keys := keys || slice.key;
					nanos := nanos || part;
					site_left := site_left - part;
				END IF;
			END LOOP;
		END IF;
	END IF;

	UPDATE quota_buckets SET reserved_nano_usd = reserved_nano_usd + reserve_quota.nano_usd,
		reserved_tokens = reserved_tokens + reserve_quota.tokens,
		reserved_requests = reserved_requests + CASE WHEN key = today_key THEN 1 ELSE 0 END
	WHERE key IN (today_key, month_key);
END
$$;
