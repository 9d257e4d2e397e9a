-- What an earlier account of the same address used in the period counts as used; the row itself keeps the two apart.
CREATE FUNCTION with_carried(bucket quota_buckets) RETURNS quota_buckets LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	bucket.used_nano_usd := bucket.used_nano_usd + bucket.carried_nano_usd;
	bucket.used_tokens := bucket.used_tokens + bucket.carried_tokens;
	bucket.used_requests := bucket.used_requests + bucket.carried_requests;
	RETURN bucket;
END
$$;
--> statement-breakpoint
-- A bucket, made when its period begins, locked until the end of the transaction, with what is carried.
CREATE OR REPLACE FUNCTION lock_bucket(p_key text) RETURNS quota_buckets LANGUAGE plpgsql AS $$
DECLARE
	bucket quota_buckets;
BEGIN
	SELECT * INTO bucket FROM quota_buckets WHERE key = p_key FOR UPDATE;
	IF NOT FOUND THEN
		INSERT INTO quota_buckets (key) VALUES (p_key) ON CONFLICT DO NOTHING;
		SELECT * INTO bucket FROM quota_buckets WHERE key = p_key FOR UPDATE;
	END IF;
	RETURN with_carried(bucket);
END
$$;
--> statement-breakpoint
-- Holds what a turn may cost at most, over all its buckets or none, by the database's clock and time zone of the plan.
-- Callers wait for one another on the person's buckets (the day's, then the month's), then on the site's, always in this
-- order. `p_output_nano_per_mtok` is the price of a million output tokens; the answer's length is cut to what is left.
-- Answers in the background take no one's place among the streams of a person: they have places of their own, and wait
-- while the person's are taken. A pause of spending is looked up here, so that it counts for whoever asks after its COMMIT, on every instance.
CREATE OR REPLACE FUNCTION reserve_quota(
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
	today_key text := 'user:' || p_user || ':day:';
	month_key text := 'user:' || p_user || ':month:';
	pair record;
	today quota_buckets;
	this_month quota_buckets;
	slice quota_buckets;
	wanted integer;
	slice_limit bigint := p_site_nano / slices;
	site_prefix text;
	slice_key text;
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
	today_key := today_key || to_char(local_now, 'YYYY-MM-DD');
	month_key := month_key || to_char(local_now, 'YYYY-MM');
	IF p_site_nano IS NOT NULL THEN
		site_prefix := 'site:month:' || to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM') || ':';
		slice_key := site_prefix || lpad(abs(hashtext(p_turn::text) % slices)::text, 2, '0');
	END IF;
	-- From here on others who spend for the same person wait, until this transaction is on the disk: few statements, then.
	SELECT d, m INTO pair FROM quota_buckets d, quota_buckets m
		WHERE d.key = today_key AND m.key = month_key FOR UPDATE OF d, m;
	IF FOUND THEN
		today := with_carried(pair.d);
		this_month := with_carried(pair.m);
	ELSE
		today := lock_bucket(today_key);
		this_month := lock_bucket(month_key);
	END IF;
	open_tiers := open_tiers(plan, today, this_month);
	IF NOT p_tier = ANY (open_tiers) THEN
		refusal := 'top_tier';
		resets_at := (date_trunc('day', local_now) + interval '1 day') AT TIME ZONE plan.time_zone;
		RETURN;
	END IF;
	wanted := least(p_output_tokens, coalesce(plan.max_output_tokens, p_output_tokens));

	IF (SELECT count(*) FROM turns WHERE user_id = p_user AND status IN ('queued', 'running')
			AND priority <> 'background') >= plan.concurrent_streams THEN
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
		-- One slice of the site's budget, when it looks as if it had enough; it is locked last, so that nobody waits in a ring.
		SELECT * INTO slice FROM quota_buckets WHERE key = slice_key;
		IF coalesce(slice_limit - slice.used_nano_usd - slice.reserved_nano_usd, slice_limit) >= nano_usd THEN
			IF slice.key IS NULL THEN
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
--> statement-breakpoint
-- Turns what was held into what was used, once: whoever calls has just closed the turn by compare-and-set. The person is
-- charged at most what was held; the site's slices carry the whole cost, whoever bears it: each what it holds, the last one
-- the rest. Locks as a reservation does: the day, the month, then the site's in order.
CREATE OR REPLACE FUNCTION settle_quota(
	p_keys text[], p_nanos bigint[], p_held_tokens bigint, p_charged bigint, p_used_tokens bigint, p_cost bigint
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	WITH held AS MATERIALIZED (
		SELECT held.key, held.nano, held.key LIKE 'site:%' AS is_site, held.key LIKE 'user:%:day:%' AS is_day,
			greatest(0, p_cost - coalesce(sum(held.nano) FILTER (WHERE held.key LIKE 'site:%') OVER before, 0)) AS cost_left,
			lead(held.key) OVER ordered IS NULL AS is_last
		FROM unnest(p_keys, p_nanos) AS held (key, nano)
		WINDOW ordered AS (ORDER BY held.key LIKE 'site:%', held.key),
			before AS (ordered ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
	), locked AS MATERIALIZED (
		SELECT held.* FROM held JOIN quota_buckets ON quota_buckets.key = held.key
		ORDER BY is_site, held.key FOR UPDATE OF quota_buckets
	)
	UPDATE quota_buckets AS bucket SET
		reserved_nano_usd = reserved_nano_usd - nano,
		used_nano_usd = used_nano_usd + CASE WHEN NOT is_site THEN p_charged WHEN is_last THEN cost_left ELSE least(cost_left, nano) END,
		reserved_tokens = reserved_tokens - CASE WHEN is_site THEN 0 ELSE p_held_tokens END,
		used_tokens = used_tokens + CASE WHEN is_site THEN 0 ELSE p_used_tokens END,
		reserved_requests = reserved_requests - is_day::integer,
		used_requests = used_requests + is_day::integer
	FROM locked WHERE bucket.key = locked.key;
END
$$;
