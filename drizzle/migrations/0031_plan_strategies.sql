ALTER TABLE "plans" ADD COLUMN "context_strategy" text;
