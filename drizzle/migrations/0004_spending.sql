CREATE TABLE "spending_pauses" (
	"scope" text PRIMARY KEY NOT NULL,
	"reason" text,
	"paused_by" uuid,
	"paused_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
-- Holds what a turn may cost at most, over all its buckets or none, by the database's clock and time zone of the plan.
-- Callers wait for one another on the person's buckets (the day's, then the month's), then on the site's, always in this
-- order. `p_output_nano_per_mtok` is the price of a million output tokens; the answer's length is cut to what is left.
-- A pause of spending is looked up here, so that it counts for whoever asks after its COMMIT, on every instance.
CREATE OR REPLACE FUNCTION reserve_quota(
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
	IF EXISTS (SELECT FROM spending_pauses
		WHERE scope = ANY (ARRAY['all', 'plan:' || plan.id, 'user:' || p_user, 'model:' || p_model])) THEN
		refusal := 'spending_paused';
		RETURN;
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
-- Counts a line that no turn wrote (a grant, a credit, a charge) as used, today and this month by the plan's time zone. Below
-- zero is more than the plan gives. Locks as a reservation does: the day, then the month.
CREATE FUNCTION post_to_quota(p_user uuid, p_nano bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	local_now timestamp := now() AT TIME ZONE coalesce(
		(SELECT time_zone FROM plans JOIN users ON users.plan = plans.id WHERE users.id = p_user),
		(SELECT time_zone FROM plans WHERE id = 'free'), 'UTC');
BEGIN
	PERFORM lock_bucket('user:' || p_user || ':day:' || to_char(local_now, 'YYYY-MM-DD'));
	PERFORM lock_bucket('user:' || p_user || ':month:' || to_char(local_now, 'YYYY-MM'));
	UPDATE quota_buckets SET used_nano_usd = used_nano_usd + p_nano
	WHERE key IN ('user:' || p_user || ':day:' || to_char(local_now, 'YYYY-MM-DD'),
		'user:' || p_user || ':month:' || to_char(local_now, 'YYYY-MM'));
END
$$;
--> statement-breakpoint
-- Counts what the house learned late that it owes against the site's budget of this month, if there is one.
CREATE FUNCTION post_to_site(p_nano bigint) RETURNS void LANGUAGE sql AS $$
	UPDATE quota_buckets SET used_nano_usd = used_nano_usd + p_nano
	WHERE key = (SELECT min(key) FROM quota_buckets
		WHERE key LIKE 'site:month:' || to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM') || ':%')
$$;
--> statement-breakpoint
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'Lines of % are never changed or removed; a correction is a new line.', TG_TABLE_NAME
		USING ERRCODE = 'restrict_violation';
END
$$;
--> statement-breakpoint
CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "ledger" EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_log" EXECUTE FUNCTION refuse_change();
--> statement-breakpoint
CREATE TRIGGER prices_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "prices" EXECUTE FUNCTION refuse_change();
