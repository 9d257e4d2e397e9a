CREATE TRIGGER messages_new_text AFTER INSERT ON "messages" FOR EACH ROW WHEN (NEW.text <> '') EXECUTE FUNCTION queue_terms('message');
--> statement-breakpoint
CREATE TRIGGER messages_other_text AFTER UPDATE OF text ON "messages" FOR EACH ROW WHEN (NEW.text <> '' AND NEW.text IS DISTINCT FROM OLD.text) EXECUTE FUNCTION queue_terms('message');
--> statement-breakpoint
CREATE TRIGGER threads_new_title AFTER INSERT ON "threads" FOR EACH ROW WHEN (NEW.title <> '') EXECUTE FUNCTION queue_terms('title');
--> statement-breakpoint
CREATE TRIGGER threads_other_title AFTER UPDATE OF title ON "threads" FOR EACH ROW WHEN (NEW.title IS DISTINCT FROM OLD.title) EXECUTE FUNCTION queue_terms('title');
--> statement-breakpoint
-- What was there before is cut in the background, the newest first.
INSERT INTO "term_queue" ("kind", "subject_id") VALUES ('titles_before', 'ffffffff-ffff-ffff-ffff-ffffffffffff'), ('messages_before', 'ffffffff-ffff-ffff-ffff-ffffffffffff');
