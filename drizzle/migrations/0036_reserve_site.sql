-- Generated from drizzle/functions by npm run db:functions.
SET LOCAL check_function_bodies = off;
--> statement-breakpoint
-- Holds the highest cost of a call that the server makes for itself in one slice of the site's budget, by the database's clock. Such a call
-- is never urgent: it is refused as soon as that slice is short or any slice is overdrawn, and slices are levelled for people only.
CREATE OR REPLACE FUNCTION reserve_site(p_call uuid, p_nano bigint, p_site_nano bigint, OUT is_held boolean, OUT keys text[], OUT nanos bigint[])
LANGUAGE plpgsql AS $$
DECLARE
	slices constant integer := 16;
	slice_limit constant bigint := p_site_nano / slices;
	prefix constant text := 'site:month:' || to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM') || ':';
	slice_key constant text := prefix || lpad(abs(hashtext(p_call::text) % slices)::text, 2, '0');
	slice quota_buckets;
BEGIN
	is_held := true;
	keys := '{}';
	nanos := '{}';
	IF p_site_nano IS NULL THEN RETURN; END IF;
	slice := lock_bucket(slice_key);
	IF slice.used_nano_usd + slice.reserved_nano_usd + p_nano > slice_limit OR EXISTS (
		SELECT FROM quota_buckets WHERE key BETWEEN prefix || '00' AND prefix || '99'
			AND used_nano_usd + reserved_nano_usd > slice_limit
	) THEN
		is_held := false;
		RETURN;
	END IF;
	UPDATE quota_buckets SET reserved_nano_usd = reserved_nano_usd + p_nano WHERE key = slice_key;
	keys := ARRAY[slice_key];
	nanos := ARRAY[p_nano];
END
$$;
