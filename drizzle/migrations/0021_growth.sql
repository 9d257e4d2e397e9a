CREATE TABLE "usage_days" (
	"user_id" uuid NOT NULL,
	"day" date NOT NULL,
	"model_id" text NOT NULL,
	"charged_nano_usd" bigint NOT NULL,
	"adjusted_nano_usd" bigint NOT NULL,
	"house_nano_usd" bigint NOT NULL,
	"calls" integer NOT NULL,
	"input_tokens" bigint NOT NULL,
	"cached_input_tokens" bigint NOT NULL,
	"cache_write_tokens" bigint NOT NULL,
	"cache_write_1h_tokens" bigint NOT NULL,
	"output_tokens" bigint NOT NULL,
	"reasoning_tokens" bigint NOT NULL,
	CONSTRAINT "usage_days_user_id_day_model_id_pk" PRIMARY KEY("user_id","day","model_id")
);
--> statement-breakpoint
ALTER TABLE "model_calls" ALTER COLUMN "purpose" DROP NOT NULL;
--> statement-breakpoint
CREATE INDEX "usage_days_by_day" ON "usage_days" USING btree ("day");
