CREATE TABLE "plans" (
	"id" text PRIMARY KEY NOT NULL,
	"requests_per_minute" integer NOT NULL,
	"requests_per_day" integer,
	"concurrent_streams" integer NOT NULL,
	"tokens_per_day" bigint,
	"nano_usd_per_day" bigint,
	"nano_usd_per_month" bigint,
	"allowed_models" text[],
	"allowed_tiers" text[] NOT NULL,
	"max_output_tokens" integer,
	"time_zone" text DEFAULT 'UTC' NOT NULL,
	"soft_limit_percent" integer DEFAULT 80 NOT NULL,
	"is_top_tier_lowered" boolean DEFAULT false NOT NULL,
	"receipt" text DEFAULT 'cost' NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "plans_limits" CHECK ("plans"."requests_per_minute" >= 0 and coalesce("plans"."requests_per_day", 0) >= 0 and "plans"."concurrent_streams" >= 0
				and coalesce("plans"."tokens_per_day", 0) >= 0 and coalesce("plans"."nano_usd_per_day", 0) >= 0
				and coalesce("plans"."nano_usd_per_month", 0) >= 0 and "plans"."soft_limit_percent" between 1 and 100)
);
--> statement-breakpoint
CREATE TABLE "quota_buckets" (
	"key" text PRIMARY KEY NOT NULL,
	"used_nano_usd" bigint DEFAULT 0 NOT NULL,
	"reserved_nano_usd" bigint DEFAULT 0 NOT NULL,
	"used_tokens" bigint DEFAULT 0 NOT NULL,
	"reserved_tokens" bigint DEFAULT 0 NOT NULL,
	"used_requests" integer DEFAULT 0 NOT NULL,
	"reserved_requests" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "quota_buckets_reserved" CHECK ("quota_buckets"."reserved_nano_usd" >= 0 and "quota_buckets"."reserved_tokens" >= 0 and "quota_buckets"."reserved_requests" >= 0)
);
--> statement-breakpoint
CREATE TABLE "audit_log" (
	"id" uuid PRIMARY KEY NOT NULL,
	"actor_id" uuid,
	"action" text NOT NULL,
	"subject" text NOT NULL,
	"details" json,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ledger" (
	"id" uuid PRIMARY KEY NOT NULL,
	"account" text NOT NULL,
	"user_id" uuid,
	"turn_id" uuid,
	"model_call_id" uuid,
	"model_id" text,
	"kind" text NOT NULL,
	"amount_nano_usd" bigint NOT NULL,
	"price_id" uuid,
	"reason" text,
	"created_by" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "prices" (
	"id" uuid PRIMARY KEY NOT NULL,
	"model_id" text NOT NULL,
	"valid_from" timestamp with time zone NOT NULL,
	"prices" json NOT NULL,
	"source" text NOT NULL,
	"created_by" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "turns" ADD COLUMN "reserved_nano_usd" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "turns" ADD COLUMN "reserved_tokens" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "turns" ADD COLUMN "quota_keys" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "turns" ADD COLUMN "quota_nano_usd" bigint[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "turns" ADD COLUMN "max_output_tokens" integer;--> statement-breakpoint
ALTER TABLE "model_calls" ADD COLUMN "price_id" uuid;--> statement-breakpoint
ALTER TABLE "model_calls" ADD COLUMN "cost_nano_usd" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "model_calls" ADD COLUMN "cache_write_tokens" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "audit_log_by_time" ON "audit_log" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "ledger_by_user" ON "ledger" USING btree ("user_id","created_at");--> statement-breakpoint
CREATE INDEX "ledger_by_turn" ON "ledger" USING btree ("turn_id");--> statement-breakpoint
CREATE INDEX "ledger_by_call" ON "ledger" USING btree ("model_call_id");--> statement-breakpoint
CREATE UNIQUE INDEX "prices_in_force" ON "prices" USING btree ("model_id","valid_from","id");--> statement-breakpoint
CREATE INDEX "turns_live_by_user" ON "turns" USING btree ("user_id") WHERE status in ('queued', 'running');--> statement-breakpoint
INSERT INTO "plans" ("id", "requests_per_minute", "requests_per_day", "concurrent_streams", "tokens_per_day", "nano_usd_per_day", "nano_usd_per_month", "allowed_tiers", "max_output_tokens") VALUES
	('free', 10, 200, 3, 500000, 500000000, 5000000000, '{small,medium,large}', 4096),
	('pro', 100, 5000, 10, 10000000, 10000000000, 100000000000, '{small,medium,large}', NULL),
	('team', 100, 20000, 20, 50000000, 50000000000, 500000000000, '{small,medium,large}', NULL);
--> statement-breakpoint
-- What a plan without a row of its own counts as: nobody is without limits because of a name.
INSERT INTO "plans" ("id", "requests_per_minute", "requests_per_day", "concurrent_streams", "tokens_per_day", "nano_usd_per_day", "nano_usd_per_month", "allowed_tiers", "max_output_tokens")
SELECT DISTINCT "users"."plan", 10, 200, 3, 500000, 500000000, 5000000000, '{small,medium,large}'::text[], 4096 FROM "users"
ON CONFLICT DO NOTHING;
