-- Holds what a turn may cost at most, over all its buckets or none, by the database's clock and time zone of the plan.
-- Callers wait for one another on the person's buckets (the day's, then the month's), then on the site's, always in this
-- order. `p_output_nano_per_mtok` is the price of a million output tokens; the answer's length is cut to what is left.
CREATE FUNCTION reserve_quota(
	p_user uuid, p_turn uuid, p_input_tokens bigint, p_input_nano bigint, p_output_nano_per_mtok bigint,
	p_output_tokens integer, p_model text, p_tier text, p_site_nano bigint,
	OUT refusal text, OUT resets_at timestamptz, OUT output_tokens integer, OUT nano_usd bigint, OUT tokens bigint,
	OUT keys text[], OUT nanos bigint[]
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
	IF NOT p_tier = ANY (plan.allowed_tiers) OR NOT coalesce(p_model = ANY (plan.allowed_models), true) THEN
		refusal := 'model_not_allowed';
		RETURN;
	END IF;
	local_now := now() AT TIME ZONE plan.time_zone;
	today := lock_bucket('user:' || p_user || ':day:' || to_char(local_now, 'YYYY-MM-DD'));
	this_month := lock_bucket('user:' || p_user || ':month:' || to_char(local_now, 'YYYY-MM'));
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
-- A bucket, made when its period begins, locked until the end of the transaction.
CREATE FUNCTION lock_bucket(p_key text) RETURNS quota_buckets LANGUAGE plpgsql AS $$
DECLARE
	bucket quota_buckets;
BEGIN
	SELECT * INTO bucket FROM quota_buckets WHERE key = p_key FOR UPDATE;
	IF NOT FOUND THEN
		INSERT INTO quota_buckets (key) VALUES (p_key) ON CONFLICT DO NOTHING;
		SELECT * INTO bucket FROM quota_buckets WHERE key = p_key FOR UPDATE;
	END IF;
	RETURN bucket;
END
$$;
--> statement-breakpoint
-- How many output tokens the plan still allows, at most as many as wanted; negative when not even the input fits.
CREATE FUNCTION affordable_output(
	plan plans, today quota_buckets, this_month quota_buckets, p_counts_held boolean,
	p_input_tokens bigint, p_input_nano bigint, p_output_nano_per_mtok bigint, p_wanted integer
) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	held integer := CASE WHEN p_counts_held THEN 1 ELSE 0 END;
	money bigint := least(
		plan.nano_usd_per_day - today.used_nano_usd - held * today.reserved_nano_usd,
		plan.nano_usd_per_month - this_month.used_nano_usd - held * this_month.reserved_nano_usd) - p_input_nano;
	room bigint := plan.tokens_per_day - today.used_tokens - held * today.reserved_tokens - p_input_tokens;
BEGIN
	IF today.used_requests + held * today.reserved_requests >= plan.requests_per_day THEN RETURN -1; END IF;
	IF money < 0 THEN RETURN -1; END IF;
	RETURN least(p_wanted, room,
		CASE WHEN p_output_nano_per_mtok > 0 THEN trunc(money * 1000000.0 / p_output_nano_per_mtok) END);
END
$$;
--> statement-breakpoint
-- Turns what was held into what was used, once: whoever calls has just closed the turn by compare-and-set. The person is
-- charged at most what was held; the site's slices carry the whole cost, whoever bears it.
CREATE FUNCTION settle_quota(
	p_keys text[], p_nanos bigint[], p_held_tokens bigint, p_charged bigint, p_used_tokens bigint, p_cost bigint
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	bucket record;
	cost_left bigint := p_cost;
	part bigint;
	last_site text := (SELECT max(key) FROM unnest(p_keys) AS key WHERE key LIKE 'site:%');
BEGIN
	FOR bucket IN
		SELECT quota_buckets.key, held.nano FROM unnest(p_keys, p_nanos) AS held (key, nano)
		JOIN quota_buckets ON quota_buckets.key = held.key
		ORDER BY held.key LIKE 'site:%', held.key FOR UPDATE OF quota_buckets
	LOOP
		IF bucket.key LIKE 'user:%' THEN
			UPDATE quota_buckets SET reserved_nano_usd = reserved_nano_usd - bucket.nano,
				used_nano_usd = used_nano_usd + p_charged,
				reserved_tokens = reserved_tokens - p_held_tokens, used_tokens = used_tokens + p_used_tokens,
				reserved_requests = reserved_requests - CASE WHEN key LIKE 'user:%:day:%' THEN 1 ELSE 0 END,
				used_requests = used_requests + CASE WHEN key LIKE 'user:%:day:%' THEN 1 ELSE 0 END
			WHERE key = bucket.key;
		ELSE
			part := CASE WHEN bucket.key = last_site THEN cost_left ELSE least(cost_left, bucket.nano) END;
			cost_left := cost_left - part;
			UPDATE quota_buckets SET reserved_nano_usd = reserved_nano_usd - bucket.nano,
				used_nano_usd = used_nano_usd + part
			WHERE key = bucket.key;
		END IF;
	END LOOP;
END
$$;
