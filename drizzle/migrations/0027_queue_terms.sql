-- Generated from drizzle/functions by npm run db:functions.
SET LOCAL check_function_bodies = off;
--> statement-breakpoint
-- For triggers on tables with a text that the search knows: its terms are cut soon after (server/threads/search).
CREATE OR REPLACE FUNCTION queue_terms() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO term_queue (kind, subject_id) VALUES (TG_ARGV[0], NEW.id);
	RETURN NULL;
END
$$;
