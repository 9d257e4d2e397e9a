ALTER TABLE "messages" ADD COLUMN "pinned_at" timestamp with time zone;
--> statement-breakpoint
ALTER TABLE "context_summaries" ADD CONSTRAINT "context_summaries_through_message_id_messages_id_fk" FOREIGN KEY ("through_message_id") REFERENCES "public"."messages"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
CREATE INDEX "context_summaries_by_message" ON "context_summaries" USING btree ("through_message_id");
