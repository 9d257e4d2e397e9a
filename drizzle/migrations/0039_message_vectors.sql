CREATE TABLE "message_vectors" (
	"message_id" uuid NOT NULL,
	"model" text NOT NULL,
	"content_hash" "bytea" NOT NULL,
	"vector" "bytea",
	CONSTRAINT "message_vectors_message_id_model_pk" PRIMARY KEY("message_id","model")
);
--> statement-breakpoint
ALTER TABLE "message_vectors" ADD CONSTRAINT "message_vectors_message_id_messages_id_fk" FOREIGN KEY ("message_id") REFERENCES "public"."messages"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "message_vectors_by_content" ON "message_vectors" USING btree ("content_hash","model");