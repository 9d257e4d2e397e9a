CREATE TABLE "batch_items" (
	"batch_id" uuid NOT NULL,
	"position" integer NOT NULL,
	"id" uuid NOT NULL,
	"text" text NOT NULL,
	"model" text,
	"max_output_tokens" integer,
	"status" text DEFAULT 'waiting' NOT NULL,
	"code" text,
	"turn_id" uuid,
	"claims" integer DEFAULT 0 NOT NULL,
	"lease_expires_at" timestamp with time zone,
	"ended_at" timestamp with time zone,
	CONSTRAINT "batch_items_batch_id_position_pk" PRIMARY KEY("batch_id","position")
);
--> statement-breakpoint
CREATE TABLE "batches" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"client_batch_id" text NOT NULL,
	"request_hash" text NOT NULL,
	"open_items" integer NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"looks_at" timestamp with time zone DEFAULT now() NOT NULL,
	"pause_code" text,
	"pause_reason" text,
	"pause_resets_at" timestamp with time zone,
	"cancelled_at" timestamp with time zone,
	"ended_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "turns" ADD COLUMN "priority" text DEFAULT 'people' NOT NULL;--> statement-breakpoint
ALTER TABLE "threads" ADD COLUMN "origin" text DEFAULT 'chat' NOT NULL;--> statement-breakpoint
ALTER TABLE "batch_items" ADD CONSTRAINT "batch_items_batch_id_batches_id_fk" FOREIGN KEY ("batch_id") REFERENCES "public"."batches"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "batches" ADD CONSTRAINT "batches_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "batch_items_open" ON "batch_items" USING btree ("batch_id","position") WHERE status in ('waiting', 'running');--> statement-breakpoint
CREATE UNIQUE INDEX "batches_client_batch_key" ON "batches" USING btree ("user_id","client_batch_id");--> statement-breakpoint
CREATE INDEX "batches_open" ON "batches" USING btree ("user_id","id") WHERE ended_at is null;
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
		site_prefix := 'site:month:' || to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM') || ':';
		-- One slice of the site's budget, when it looks as if it had enough; it is locked last, so that nobody waits in a ring.
		SELECT * INTO slice FROM quota_buckets
			WHERE key = site_prefix || lpad(abs(hashtext(p_turn::text) % slices)::text, 2, '0');
		IF coalesce(slice_limit - slice.used_nano_usd - slice.reserved_nano_usd, slice_limit) >= nano_usd THEN
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
