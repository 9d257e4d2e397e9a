ALTER TABLE "turns" ADD COLUMN "open_models" text[];--> statement-breakpoint
ALTER TABLE "turns" ADD COLUMN "open_tiers" text[];
--> statement-breakpoint
DROP FUNCTION reserve_quota;
--> statement-breakpoint
-- The tiers that a plan leaves open: from its soft limit on without the dearest of several, when the plan says so.
CREATE FUNCTION open_tiers(plan plans, today quota_buckets, this_month quota_buckets) RETURNS text[]
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
--> statement-breakpoint
-- Holds what a turn may cost at most, over all its buckets or none, by the database's clock and time zone of the plan.
-- Callers wait for one another on the person's buckets (the day's, then the month's), then on the site's, always in this
-- order. `p_output_nano_per_mtok` is the price of a million output tokens; the answer's length is cut to what is left.
-- A pause of spending is looked up here, so that it counts for whoever asks after its COMMIT, on every instance.
CREATE FUNCTION reserve_quota(
	p_user uuid, p_turn uuid, p_input_tokens bigint, p_input_nano bigint, p_output_nano_per_mtok bigint,
	p_output_tokens integer, p_model text, p_tier text, p_site_nano bigint,
	OUT refusal text, OUT resets_at timestamptz, OUT output_tokens integer, OUT nano_usd bigint, OUT tokens bigint,
	OUT keys text[], OUT nanos bigint[], OUT open_models text[], OUT open_tiers text[]
) LANGUAGE plpgsql AS $$
DECLARE
	slices constant integer := 16;
	output_min constant integer := 256;
	plan plans;
	local_now timestamp;
	today quota_buckets;
	this_month quota_buckets;
	slice quota_buckets;
	wanted integer;
	slice_limit bigint := p_site_nano / slices;
	site_prefix text;
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
	local_now := now() AT TIME ZONE plan.time_zone;
	today := lock_bucket('user:' || p_user || ':day:' || to_char(local_now, 'YYYY-MM-DD'));
	this_month := lock_bucket('user:' || p_user || ':month:' || to_char(local_now, 'YYYY-MM'));
	open_tiers := open_tiers(plan, today, this_month);
	IF NOT p_tier = ANY (open_tiers) THEN
		refusal := 'top_tier';
		resets_at := (date_trunc('day', local_now) + interval '1 day') AT TIME ZONE plan.time_zone;
		RETURN;
	END IF;
	wanted := least(p_output_tokens, coalesce(plan.max_output_tokens, p_output_tokens));

	IF (SELECT count(*) FROM turns WHERE user_id = p_user AND status IN ('queued', 'running')) >= plan.concurrent_streams THEN
		refusal := 'concurrent_streams';
		RETURN;
	END IF;

	-- What is left decides; had the running turns held nothing, the same sum tells whether waiting helps.
	output_tokens := affordable_output(plan, today, this_month, true, p_input_tokens, p_input_nano, p_output_nano_per_mtok, wanted);
	IF output_tokens < least(wanted, output_min) THEN
		IF affordable_output(plan, today, this_month, false, p_input_tokens, p_input_nano, p_output_nano_per_mtok, wanted) >= least(wanted, output_min) THEN
			refusal := 'in_flight';
			RETURN;
		END IF;
		refusal := CASE
			WHEN today.used_requests >= plan.requests_per_day THEN 'requests_per_day'
			WHEN today.used_tokens + p_input_tokens + least(wanted, output_min) > plan.tokens_per_day THEN 'tokens_per_day'
			WHEN today.used_nano_usd + p_input_nano + ceil(least(wanted, output_min) * p_output_nano_per_mtok / 1000000.0) > plan.nano_usd_per_day THEN 'money_per_day'
			ELSE 'money_per_month' END;
		resets_at := (CASE WHEN refusal = 'money_per_month' THEN date_trunc('month', local_now) + interval '1 month'
			ELSE date_trunc('day', local_now) + interval '1 day' END) AT TIME ZONE plan.time_zone;
		RETURN;
	END IF;

	nano_usd := p_input_nano + ceil(output_tokens * p_output_nano_per_mtok / 1000000.0)::bigint;
	tokens := p_input_tokens + output_tokens;
	keys := ARRAY[today.key, this_month.key];
	nanos := ARRAY[nano_usd, nano_usd];

	IF p_site_nano IS NOT NULL THEN
		site_prefix := 'site:month:' || to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM') || ':';
		-- One slice of the site's budget, when it looks as if it had enough; it is locked last, so that nobody waits in a ring.
		SELECT * INTO slice FROM quota_buckets
			WHERE key = site_prefix || lpad(abs(hashtext(p_turn::text) % slices)::text, 2, '0');
		IF NOT FOUND OR slice_limit - slice.used_nano_usd - slice.reserved_nano_usd >= nano_usd THEN
			slice := lock_bucket(site_prefix || lpad(abs(hashtext(p_turn::text) % slices)::text, 2, '0'));
			IF slice_limit - slice.used_nano_usd - slice.reserved_nano_usd < nano_usd THEN
				refusal := 'in_flight';
				RETURN;
			END IF;
			keys := keys || slice.key;
			nanos := nanos || nano_usd;
		ELSE
			site_left := nano_usd;
			part := 0;
			FOR number IN 0..slices - 1 LOOP
				slice := lock_bucket(site_prefix || lpad(number::text, 2, '0'));
				part := part + slice_limit - slice.used_nano_usd - slice.reserved_nano_usd;
			END LOOP;
			IF part < nano_usd THEN
				refusal := 'site_budget';
				resets_at := (date_trunc('month', now() AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC';
				RETURN;
			END IF;
			FOR slice IN SELECT * FROM quota_buckets WHERE key LIKE site_prefix || '%' ORDER BY key LOOP
				part := least(site_left, slice_limit - slice.used_nano_usd - slice.reserved_nano_usd);
				IF part > 0 THEN
					keys := keys || slice.key;
					nanos := nanos || part;
					site_left := site_left - part;
				END IF;
			END LOOP;
		END IF;
	END IF;

	UPDATE quota_buckets SET reserved_nano_usd = reserved_nano_usd + held.nano,
		reserved_tokens = reserved_tokens + CASE WHEN key LIKE 'user:%' THEN reserve_quota.tokens ELSE 0 END,
		reserved_requests = reserved_requests + CASE WHEN key = today.key THEN 1 ELSE 0 END
	FROM unnest(keys, nanos) AS held (held_key, nano) WHERE key = held.held_key;
END
$$;
--> statement-breakpoint
-- What `auto` may mean for somebody now, without holding anything; null models are all of the tiers.
CREATE FUNCTION read_open_models(p_user uuid, OUT open_models text[], OUT open_tiers text[])
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
	open_models := plan.allowed_models;
	open_tiers := open_tiers(plan, today, this_month);
END
$$;
--> statement-breakpoint
-- Holds more for a turn that runs, over the buckets that it was accepted under, or nothing; for a further call that may
-- cost what was not foreseen. False: the limits have no room, or the turn is no longer the caller's. The turn is locked before
-- its buckets, as when it is closed.
CREATE FUNCTION top_up_quota(p_turn uuid, p_epoch integer, p_nano bigint, p_tokens bigint, p_site_nano bigint)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	slices constant integer := 16;
	turn turns;
	plan plans;
	bucket quota_buckets;
	position integer;
	slice_at integer;
BEGIN
	SELECT * INTO turn FROM turns WHERE id = p_turn AND epoch = p_epoch AND status IN ('queued', 'running')
		FOR NO KEY UPDATE;
	IF NOT FOUND THEN RETURN false; END IF;
	SELECT plans.* INTO plan FROM users JOIN plans ON plans.id = users.plan WHERE users.id = turn.user_id;
	IF NOT FOUND THEN
		SELECT * INTO plan FROM plans WHERE id = 'free';
	END IF;
	FOR position IN 1..cardinality(turn.quota_keys) LOOP
		CONTINUE WHEN turn.quota_keys[position] LIKE 'site:%' AND slice_at IS NOT NULL;
		bucket := lock_bucket(turn.quota_keys[position]);
		IF bucket.key LIKE 'user:%:day:%' THEN
			IF bucket.used_nano_usd + bucket.reserved_nano_usd + p_nano > plan.nano_usd_per_day
				OR bucket.used_tokens + bucket.reserved_tokens + p_tokens > plan.tokens_per_day THEN RETURN false; END IF;
		ELSIF bucket.key LIKE 'user:%:month:%' THEN
			IF bucket.used_nano_usd + bucket.reserved_nano_usd + p_nano > plan.nano_usd_per_month THEN RETURN false; END IF;
		ELSE
			IF bucket.used_nano_usd + bucket.reserved_nano_usd + p_nano > p_site_nano / slices THEN RETURN false; END IF;
			slice_at := position;
		END IF;
	END LOOP;
	FOR position IN 1..cardinality(turn.quota_keys) LOOP
		CONTINUE WHEN turn.quota_keys[position] LIKE 'site:%' AND position <> slice_at;
		turn.quota_nano_usd[position] := turn.quota_nano_usd[position] + p_nano;
		UPDATE quota_buckets SET reserved_nano_usd = reserved_nano_usd + p_nano,
			reserved_tokens = reserved_tokens + CASE WHEN key LIKE 'user:%' THEN p_tokens ELSE 0 END
		WHERE key = turn.quota_keys[position];
	END LOOP;
	UPDATE turns SET reserved_nano_usd = reserved_nano_usd + p_nano, reserved_tokens = reserved_tokens + p_tokens,
		quota_nano_usd = turn.quota_nano_usd WHERE id = p_turn;
	RETURN true;
END
$$;
