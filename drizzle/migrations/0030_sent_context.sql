ALTER TABLE "model_calls" ALTER COLUMN "turn_id" DROP NOT NULL;
--> statement-breakpoint
ALTER TABLE "model_calls" ADD COLUMN "sent_context" jsonb;
