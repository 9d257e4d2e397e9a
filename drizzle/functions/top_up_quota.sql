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
