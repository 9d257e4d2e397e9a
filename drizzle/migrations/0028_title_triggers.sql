CREATE TRIGGER threads_new_title AFTER INSERT ON "threads" FOR EACH ROW WHEN (NEW.title <> '') EXECUTE FUNCTION queue_terms('title');
--> statement-breakpoint
CREATE TRIGGER threads_other_title AFTER UPDATE OF title ON "threads" FOR EACH ROW WHEN (NEW.title IS DISTINCT FROM OLD.title) EXECUTE FUNCTION queue_terms('title');
