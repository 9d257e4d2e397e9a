ALTER TABLE "model_calls" ADD COLUMN "purpose" text DEFAULT 'answer' NOT NULL;
