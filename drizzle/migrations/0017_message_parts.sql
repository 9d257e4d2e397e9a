ALTER TABLE "messages" ADD COLUMN "parts" jsonb;
--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "token_count" integer;
--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "tokenizer" text;
