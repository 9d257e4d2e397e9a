-- How many output tokens the limits of a plan still allow, at most `p_wanted`; negative when not even the input fits.
-- `p_counts_held`: whether what is held for running turns counts as used.
CREATE OR REPLACE FUNCTION affordable_output(
	plan plans, today quota_buckets, this_month quota_buckets, p_counts_held boolean,
	p_input_tokens bigint, p_input_nano bigint, p_output_nano_per_mtok bigint, p_wanted integer
) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	held integer := CASE WHEN p_counts_held THEN 1 ELSE 0 END;
	money bigint := least(
		plan.nano_usd_per_day - today.used_nano_usd - held * today.reserved_nano_usd,
		plan.nano_usd_per_month - this_month.used_nano_usd - held * this_month.reserved_nano_usd) - p_input_nano;
	room bigint := plan.tokens_per_day - today.used_tokens - held * today.reserved_tokens - p_input_tokens;
BEGIN
	IF today.used_requests + held * today.reserved_requests >= plan.requests_per_day THEN RETURN -1; END IF;
	IF money < 0 THEN RETURN -1; END IF;
	RETURN least(p_wanted, room,
		CASE WHEN p_output_nano_per_mtok > 0 THEN trunc(money * 1000000.0 / p_output_nano_per_mtok) END);
END
$$;
