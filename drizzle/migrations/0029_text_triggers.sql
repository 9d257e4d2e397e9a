CREATE TRIGGER messages_new_text AFTER INSERT ON "messages" FOR EACH ROW WHEN (NEW.text <> '') EXECUTE FUNCTION queue_terms('message');
--> statement-breakpoint
CREATE TRIGGER messages_other_text AFTER UPDATE OF text ON "messages" FOR EACH ROW WHEN (NEW.text <> '' AND NEW.text IS DISTINCT FROM OLD.text) EXECUTE FUNCTION queue_terms('message');
--> statement-breakpoint
-- What was there before is cut in the background, the newest first.
INSERT INTO "term_queue" ("kind", "subject_id") VALUES ('titles_before', 'ffffffff-ffff-ffff-ffff-ffffffffffff'), ('messages_before', 'ffffffff-ffff-ffff-ffff-ffffffffffff');
