CREATE TABLE "shadows" (
	"turn_id" uuid PRIMARY KEY NOT NULL,
	"policy_version" integer NOT NULL,
	"road" text NOT NULL,
	"cheap_model_id" text NOT NULL,
	"strong_model_id" text NOT NULL,
	"is_strong_shown" boolean NOT NULL,
	"judge_model_id" text NOT NULL,
	"outcome" text DEFAULT 'interrupted' NOT NULL,
	"is_cheap_first" boolean NOT NULL,
	"verdict" text,
	"turn_nano_usd" bigint NOT NULL,
	"shadow_nano_usd" bigint DEFAULT 0 NOT NULL,
	"judge_nano_usd" bigint DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "shadows" ADD CONSTRAINT "shadows_turn_id_turns_id_fk" FOREIGN KEY ("turn_id") REFERENCES "public"."turns"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "shadows_by_time" ON "shadows" USING btree ("created_at");