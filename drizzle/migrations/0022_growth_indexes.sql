CREATE INDEX CONCURRENTLY "former_allowances_by_time" ON "former_allowances" USING btree ("updated_at");
--> statement-breakpoint
CREATE INDEX CONCURRENTLY "quota_buckets_by_period" ON "quota_buckets" USING btree (((case when key like 'user:%' then split_part(key, ':', 4) else split_part(key, ':', 3) end) collate "C"));
--> statement-breakpoint
CREATE INDEX CONCURRENTLY "threads_trash" ON "threads" USING btree ("deleted_at") WHERE deleted_at is not null;
--> statement-breakpoint
CREATE INDEX CONCURRENTLY "threads_list" ON "threads" USING btree ("user_id","active_at" DESC NULLS FIRST,"id" DESC NULLS FIRST) WHERE deleted_at is null and origin = 'chat';
--> statement-breakpoint
CREATE INDEX CONCURRENTLY "threads_by_user" ON "threads" USING btree ("user_id");
--> statement-breakpoint
CREATE INDEX CONCURRENTLY "ledger_by_day" ON "ledger" USING btree (((created_at at time zone 'UTC')::date));
--> statement-breakpoint
CREATE INDEX CONCURRENTLY "model_calls_by_start" ON "model_calls" USING btree ("started_at","id");
--> statement-breakpoint
CREATE INDEX CONCURRENTLY "model_calls_unpriced" ON "model_calls" USING btree ("model_id") WHERE price_id is null;
--> statement-breakpoint
DROP INDEX CONCURRENTLY "threads_by_activity";
