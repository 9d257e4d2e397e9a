-- Distributes what some slices of a month's site budget have above their limit over those with room. Their sum does not change.
-- The caller has locked all of them.
CREATE OR REPLACE FUNCTION level_slices(p_prefix text, p_slice_limit bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	WITH slice AS (
		SELECT key, used_nano_usd + reserved_nano_usd - p_slice_limit AS over FROM quota_buckets
		WHERE key BETWEEN p_prefix || '00' AND p_prefix || '99'
	), excess AS (
		SELECT sum(over) AS total FROM slice WHERE over > 0
	), room AS (
		SELECT key, -over AS room,
			coalesce(sum(-over) OVER (ORDER BY key ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS room_before
		FROM slice WHERE over < 0
	), moves AS (
		SELECT key, -over AS moved FROM slice WHERE over > 0
		UNION ALL
		SELECT key, least(room, total - room_before) FROM room, excess WHERE total > room_before
	)
	UPDATE quota_buckets SET used_nano_usd = used_nano_usd + moved FROM moves WHERE moves.key = quota_buckets.key;
END
$$;
