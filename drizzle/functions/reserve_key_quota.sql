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
