CREATE TABLE "former_allowances" (
	"email_key" text NOT NULL,
	"period" text NOT NULL,
	"used_nano_usd" bigint NOT NULL,
	"used_tokens" bigint NOT NULL,
	"used_requests" integer NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "former_allowances_email_key_period_pk" PRIMARY KEY("email_key","period")
);
--> statement-breakpoint
ALTER TABLE "quota_buckets" ADD COLUMN "carried_nano_usd" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "quota_buckets" ADD COLUMN "carried_tokens" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "quota_buckets" ADD COLUMN "carried_requests" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "turns_by_user_message" ON "turns" USING btree ("user_message_id");--> statement-breakpoint
-- A bucket, made when its period begins, locked until the end of the transaction. What an earlier account of the same
-- address used in the period is told as used; the row itself keeps the two apart, so that it still equals the ledger.
CREATE OR REPLACE FUNCTION lock_bucket(p_key text) RETURNS quota_buckets LANGUAGE plpgsql AS $$
DECLARE
	bucket quota_buckets;
BEGIN
	SELECT * INTO bucket FROM quota_buckets WHERE key = p_key FOR UPDATE;
	IF NOT FOUND THEN
		INSERT INTO quota_buckets (key) VALUES (p_key) ON CONFLICT DO NOTHING;
		SELECT * INTO bucket FROM quota_buckets WHERE key = p_key FOR UPDATE;
	END IF;
	bucket.used_nano_usd := bucket.used_nano_usd + bucket.carried_nano_usd;
	bucket.used_tokens := bucket.used_tokens + bucket.carried_tokens;
	bucket.used_requests := bucket.used_requests + bucket.carried_requests;
	RETURN bucket;
END
$$;
--> statement-breakpoint
-- Keeps what a person who is about to go used in days and months that may still run, whatever the time zone.
CREATE FUNCTION keep_allowance(p_user uuid, p_email_key text) RETURNS void LANGUAGE sql AS $$
	DELETE FROM former_allowances WHERE updated_at < now() - interval '40 days';
	INSERT INTO former_allowances (email_key, period, used_nano_usd, used_tokens, used_requests)
	SELECT p_email_key, split_part(key, ':', 3) || ':' || split_part(key, ':', 4), used_nano_usd, used_tokens, used_requests
	FROM quota_buckets
	WHERE starts_with(key, 'user:' || p_user || ':') AND split_part(key, ':', 4) COLLATE "C" >=
		to_char(now() - interval '2 days', CASE split_part(key, ':', 3) WHEN 'day' THEN 'YYYY-MM-DD' ELSE 'YYYY-MM' END)
	ON CONFLICT (email_key, period) DO UPDATE SET updated_at = now(),
		used_nano_usd = former_allowances.used_nano_usd + excluded.used_nano_usd,
		used_tokens = former_allowances.used_tokens + excluded.used_tokens,
		used_requests = former_allowances.used_requests + excluded.used_requests;
$$;
--> statement-breakpoint
-- Counts for a new account what earlier ones of its address used in the periods that run.
CREATE FUNCTION carry_allowance(p_user uuid, p_email_key text) RETURNS void LANGUAGE sql AS $$
	INSERT INTO quota_buckets (key, carried_nano_usd, carried_tokens, carried_requests)
	SELECT 'user:' || p_user || ':' || period, used_nano_usd, used_tokens, used_requests
	FROM former_allowances WHERE email_key = p_email_key
	ON CONFLICT DO NOTHING;
$$;
--> statement-breakpoint
-- What `auto` may mean for somebody now, without holding anything; null models are all of the tiers.
CREATE OR REPLACE FUNCTION read_open_models(p_user uuid, OUT open_models text[], OUT open_tiers text[])
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
	open_models := plan.allowed_models;
	open_tiers := open_tiers(plan, today, this_month);
END
$$;
