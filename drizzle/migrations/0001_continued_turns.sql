DROP INDEX "turns_assistant_message_key";--> statement-breakpoint
ALTER TABLE "turns" ADD COLUMN "last_seq" integer;--> statement-breakpoint
CREATE INDEX "turns_by_assistant_message" ON "turns" USING btree ("assistant_message_id");