-- Returns a bucket with what is carried, and locks it until the end of the transaction. Makes it when its period begins.
CREATE OR REPLACE FUNCTION lock_bucket(p_key text) RETURNS quota_buckets LANGUAGE plpgsql AS $$
DECLARE
	bucket quota_buckets;
BEGIN
	SELECT * INTO bucket FROM quota_buckets WHERE key = p_key FOR UPDATE;
	IF NOT FOUND THEN
		INSERT INTO quota_buckets (key) VALUES (p_key) ON CONFLICT DO NOTHING;
		SELECT * INTO bucket FROM quota_buckets WHERE key = p_key FOR UPDATE;
	END IF;
	RETURN with_carried(bucket);
END
$$;
