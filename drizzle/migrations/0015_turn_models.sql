ALTER TABLE "turns" ADD COLUMN "model_id" text;
