-- Generated from drizzle/functions by npm run db:functions.
SET LOCAL check_function_bodies = off;
--> statement-breakpoint
-- As reserve_quota, for a turn that an API key asks for: the key is valid, has no more running answers than it may, and its own budget
-- for the month (UTC) holds the cost, too, in a bucket that comes before those of its owner in the order of the locks.
CREATE OR REPLACE FUNCTION reserve_key_quota(
	p_key uuid, p_user uuid, p_turn uuid, p_input_tokens bigint, p_input_nano bigint, p_output_nano_per_mtok bigint,
	p_output_tokens integer, p_model text, p_tier text, p_site_nano bigint,
	OUT refusal text, OUT resets_at timestamptz, OUT output_tokens integer, OUT nano_usd bigint, OUT tokens bigint,
	OUT keys text[], OUT nanos bigint[], OUT open_models text[], OUT open_tiers text[]
) LANGUAGE plpgsql AS $$
DECLARE
	output_min constant integer := least(p_output_tokens, 256);
	utc_now constant timestamp := now() AT TIME ZONE 'UTC';
	key_row api_keys;
	bucket quota_buckets;
	held record;
	least_nano bigint;
	room bigint;
	wanted integer := p_output_tokens;
BEGIN
	bucket := lock_bucket('user:' || p_user || ':month:' || to_char(utc_now, 'YYYY-MM') || ':key:' || p_key);
	SELECT * INTO key_row FROM api_keys WHERE id = p_key AND user_id = p_user;
	IF NOT FOUND OR key_row.revoked_at IS NOT NULL OR key_row.expires_at <= now() THEN
		refusal := 'key_ended';
		RETURN;
	END IF;
	IF (SELECT count(*) FROM turns WHERE user_id = p_user AND status IN ('queued', 'running')
			AND key_id = p_key) >= key_row.parallel_max THEN
		refusal := 'key_parallel';
		RETURN;
	END IF;
	IF key_row.nano_usd_per_month IS NOT NULL THEN
		least_nano := p_input_nano + ceil(output_min * p_output_nano_per_mtok / 1000000.0);
		room := key_row.nano_usd_per_month - bucket.used_nano_usd - bucket.reserved_nano_usd;
		IF room < least_nano THEN
			IF room + bucket.reserved_nano_usd >= least_nano THEN
				refusal := 'in_flight';
				RETURN;
			END IF;
			refusal := 'key_budget';
			resets_at := (date_trunc('month', utc_now) + interval '1 month') AT TIME ZONE 'UTC';
			RETURN;
		END IF;
		IF p_output_nano_per_mtok > 0 THEN
			wanted := least(wanted, trunc((room - p_input_nano) * 1000000.0 / p_output_nano_per_mtok));
		END IF;
	END IF;
	SELECT * INTO held FROM reserve_quota(p_user, p_turn, p_input_tokens, p_input_nano, p_output_nano_per_mtok, wanted,
		p_model, p_tier, p_site_nano);
	refusal := held.refusal;
	resets_at := held.resets_at;
	output_tokens := held.output_tokens;
	nano_usd := held.nano_usd;
	tokens := held.tokens;
	open_models := held.open_models;
	open_tiers := held.open_tiers;
	IF refusal IS NOT NULL THEN RETURN; END IF;
	keys := bucket.key || held.keys;
	nanos := nano_usd || held.nanos;
	UPDATE quota_buckets SET reserved_nano_usd = reserved_nano_usd + reserve_key_quota.nano_usd,
		reserved_tokens = reserved_tokens + reserve_key_quota.tokens
	WHERE key = bucket.key;
END
$$;
--> statement-breakpoint
-- Holds more for a running turn, in the buckets of its reservation, before a further call. All or nothing: false when a limit has no
-- room or another process owns the turn by now. Locks the turn before its buckets, as closing does.
CREATE OR REPLACE FUNCTION top_up_quota(p_turn uuid, p_epoch integer, p_nano bigint, p_tokens bigint, p_site_nano bigint)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	slices constant integer := 16;
	turn turns;
	plan plans;
	bucket quota_buckets;
	position integer;
	slice_at integer;
	key_nano bigint;
BEGIN
	SELECT * INTO turn FROM turns WHERE id = p_turn AND epoch = p_epoch AND status IN ('queued', 'running')
		FOR NO KEY UPDATE;
	IF NOT FOUND THEN RETURN false; END IF;
	SELECT plans.* INTO plan FROM users JOIN plans ON plans.id = users.plan WHERE users.id = turn.user_id;
	IF NOT FOUND THEN
		SELECT * INTO plan FROM plans WHERE id = 'free';
	END IF;
	SELECT nano_usd_per_month INTO key_nano FROM api_keys WHERE id = turn.key_id;
	FOR position IN 1..cardinality(turn.quota_keys) LOOP
		CONTINUE WHEN turn.quota_keys[position] LIKE 'site:%' AND slice_at IS NOT NULL;
		bucket := lock_bucket(turn.quota_keys[position]);
		IF bucket.key LIKE 'user:%:day:%' THEN
			IF bucket.used_nano_usd + bucket.reserved_nano_usd + p_nano > plan.nano_usd_per_day
				OR bucket.used_tokens + bucket.reserved_tokens + p_tokens > plan.tokens_per_day THEN RETURN false; END IF;
		ELSIF bucket.key LIKE 'user:%:key:%' THEN
			IF bucket.used_nano_usd + bucket.reserved_nano_usd + p_nano > key_nano THEN RETURN false; END IF;
		ELSIF bucket.key LIKE 'user:%:month:%' THEN
			IF bucket.used_nano_usd + bucket.reserved_nano_usd + p_nano > plan.nano_usd_per_month THEN RETURN false; END IF;
		ELSE
			IF bucket.used_nano_usd + bucket.reserved_nano_usd + p_nano > p_site_nano / slices THEN RETURN false; END IF;
			slice_at := position;
		END IF;
	END LOOP;
	FOR position IN 1..cardinality(turn.quota_keys) LOOP
		CONTINUE WHEN turn.quota_keys[position] LIKE 'site:%' AND position <> slice_at;
		turn.quota_nano_usd[position] := turn.quota_nano_usd[position] + p_nano;
		UPDATE quota_buckets SET reserved_nano_usd = reserved_nano_usd + p_nano,
			reserved_tokens = reserved_tokens + CASE WHEN key LIKE 'user:%' THEN p_tokens ELSE 0 END
		WHERE key = turn.quota_keys[position];
	END LOOP;
	UPDATE turns SET reserved_nano_usd = reserved_nano_usd + p_nano, reserved_tokens = reserved_tokens + p_tokens,
		quota_nano_usd = turn.quota_nano_usd WHERE id = p_turn;
	RETURN true;
END
$$;
