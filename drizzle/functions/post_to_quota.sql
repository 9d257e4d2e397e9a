-- Counts a line that no turn wrote (a grant, a credit, a charge) as used, today and this month by the plan's time zone. Below
-- zero is more than the plan gives. Locks as a reservation does: the day, then the month.
CREATE OR REPLACE FUNCTION post_to_quota(p_user uuid, p_nano bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	local_now timestamp := now() AT TIME ZONE coalesce(
		(SELECT time_zone FROM plans JOIN users ON users.plan = plans.id WHERE users.id = p_user),
		(SELECT time_zone FROM plans WHERE id = 'free'), 'UTC');
BEGIN
	PERFORM lock_bucket('user:' || p_user || ':day:' || to_char(local_now, 'YYYY-MM-DD'));
	PERFORM lock_bucket('user:' || p_user || ':month:' || to_char(local_now, 'YYYY-MM'));
	UPDATE quota_buckets SET used_nano_usd = used_nano_usd + p_nano
	WHERE key IN ('user:' || p_user || ':day:' || to_char(local_now, 'YYYY-MM-DD'),
		'user:' || p_user || ':month:' || to_char(local_now, 'YYYY-MM'));
END
$$;
