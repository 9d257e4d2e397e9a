ALTER TABLE "turns" ADD COLUMN "model_id" text;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "parts" jsonb;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "token_count" integer;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "tokenizer" text;--> statement-breakpoint
ALTER TABLE "model_calls" ADD COLUMN "purpose" text DEFAULT 'answer' NOT NULL;