CREATE TABLE "routing_policies" (
	"version" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "routing_policies_version_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"policy" jsonb NOT NULL,
	"rollout_percent" integer DEFAULT 100 NOT NULL,
	"created_by" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"published_at" timestamp with time zone,
	"withdrawn_at" timestamp with time zone,
	CONSTRAINT "routing_policies_rollout" CHECK ("routing_policies"."rollout_percent" between 1 and 100)
);
