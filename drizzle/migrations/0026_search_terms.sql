CREATE TABLE "message_terms" (
	"message_id" uuid PRIMARY KEY NOT NULL,
	"thread_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"terms" "tsvector" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "term_queue" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "term_queue_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"kind" text NOT NULL,
	"subject_id" uuid NOT NULL
);
--> statement-breakpoint
DROP INDEX "messages_search";
--> statement-breakpoint
ALTER TABLE "message_terms" ADD CONSTRAINT "message_terms_message_id_messages_id_fk" FOREIGN KEY ("message_id") REFERENCES "public"."messages"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
CREATE INDEX "message_terms_newest" ON "message_terms" USING btree ("user_id","message_id");
--> statement-breakpoint
CREATE INDEX "message_terms_terms" ON "message_terms" USING gin ("terms") WITH (fastupdate=false);
--> statement-breakpoint
ALTER TABLE "messages" DROP COLUMN "search";
