-- Adds to a bucket what a former account of the same e-mail address used in the period; the row keeps the two apart.
CREATE OR REPLACE FUNCTION with_carried(bucket quota_buckets) RETURNS quota_buckets LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	bucket.used_nano_usd := bucket.used_nano_usd + bucket.carried_nano_usd;
	bucket.used_tokens := bucket.used_tokens + bucket.carried_tokens;
	bucket.used_requests := bucket.used_requests + bucket.carried_requests;
	RETURN bucket;
END
$$;
