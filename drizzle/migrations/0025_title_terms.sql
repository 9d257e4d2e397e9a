CREATE TABLE "title_terms" (
	"thread_id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"terms" "tsvector" NOT NULL
);
--> statement-breakpoint
DROP INDEX "threads_search";
--> statement-breakpoint
ALTER TABLE "title_terms" ADD CONSTRAINT "title_terms_thread_id_threads_id_fk" FOREIGN KEY ("thread_id") REFERENCES "public"."threads"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
CREATE INDEX "title_terms_terms" ON "title_terms" USING gin ("terms") WITH (fastupdate=false);
--> statement-breakpoint
ALTER TABLE "threads" DROP COLUMN "search";
