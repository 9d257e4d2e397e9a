CREATE TABLE "context_summaries" (
	"id" uuid PRIMARY KEY NOT NULL,
	"thread_id" uuid NOT NULL,
	"through_message_id" uuid NOT NULL,
	"text" text NOT NULL,
	"tokens" integer NOT NULL,
	"source_tokens" integer NOT NULL,
	"model_id" text NOT NULL,
	"model_call_id" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"undone_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "threads" ADD COLUMN "context_strategy" text;
--> statement-breakpoint
ALTER TABLE "threads" ADD COLUMN "context_tokens_max" integer;
--> statement-breakpoint
ALTER TABLE "context_summaries" ADD CONSTRAINT "context_summaries_thread_id_threads_id_fk" FOREIGN KEY ("thread_id") REFERENCES "public"."threads"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
CREATE INDEX "context_summaries_by_thread" ON "context_summaries" USING btree ("thread_id");
