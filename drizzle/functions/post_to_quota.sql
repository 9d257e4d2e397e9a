-- Counts a line that belongs to no turn (a grant, a credit, a charge) as used, in the current day and month of the plan's time
-- zone. A negative sum gives more than the plan does. Locks the day, then the month, as a reservation does.
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
