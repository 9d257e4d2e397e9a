CREATE TABLE "house_calls" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"purpose" text NOT NULL,
	"attempt" integer NOT NULL,
	"model_id" text NOT NULL,
	"provider_id" text NOT NULL,
	"provider_model_id" text NOT NULL,
	"input_tokens" integer NOT NULL,
	"price_id" uuid,
	"prices" json,
	"quota_keys" text[] DEFAULT '{}' NOT NULL,
	"quota_nano_usd" bigint[] DEFAULT '{}' NOT NULL,
	"called_at" timestamp with time zone,
	"lease_owner" text NOT NULL,
	"lease_expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "house_calls_by_lease" ON "house_calls" USING btree ("lease_expires_at");