ALTER TABLE "breakers" ADD COLUMN "last_error_class" text;--> statement-breakpoint
ALTER TABLE "breakers" ADD COLUMN "last_error_at" timestamp with time zone;