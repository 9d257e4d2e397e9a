CREATE TABLE "account_notices" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"dismissed_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "ended_sessions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "deleting_at" timestamp with time zone;
--> statement-breakpoint
ALTER TABLE "account_notices" ADD CONSTRAINT "account_notices_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "ended_sessions" ADD CONSTRAINT "ended_sessions_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
CREATE INDEX "account_notices_by_user" ON "account_notices" USING btree ("user_id");
--> statement-breakpoint
CREATE INDEX "ended_sessions_by_end" ON "ended_sessions" USING btree ("expires_at");
--> statement-breakpoint
CREATE INDEX "ended_sessions_by_user" ON "ended_sessions" USING btree ("user_id");
--> statement-breakpoint
CREATE INDEX "users_deleting" ON "users" USING btree ("id") WHERE deleting_at is not null;
--> statement-breakpoint
-- The plan of the first administrator, who owns the installation: no limit of money or tokens.
INSERT INTO "plans" ("id", "requests_per_minute", "requests_per_day", "concurrent_streams", "tokens_per_day", "nano_usd_per_day", "nano_usd_per_month", "allowed_tiers", "max_output_tokens") VALUES
	('unlimited', 1000, NULL, 100, NULL, NULL, NULL, '{small,medium,large}', NULL)
ON CONFLICT DO NOTHING;
