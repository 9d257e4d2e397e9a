-- Holds the highest cost of a call of shadow mode: of the day's cap for such calls, then of the site's budget, or of neither. The day is that
-- of the database's clock in UTC.
CREATE OR REPLACE FUNCTION reserve_shadow(
	p_call uuid, p_nano bigint, p_site_nano bigint, p_cap_nano bigint, OUT is_held boolean, OUT keys text[], OUT nanos bigint[]
) LANGUAGE plpgsql AS $$
DECLARE
	day_key constant text := 'shadow:day:' || to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD');
	day quota_buckets;
BEGIN
	day := lock_bucket(day_key);
	is_held := day.used_nano_usd + day.reserved_nano_usd + p_nano <= p_cap_nano;
	IF is_held THEN
		SELECT site.is_held, site.keys, site.nanos INTO is_held, keys, nanos FROM reserve_site(p_call, p_nano, p_site_nano) AS site;
	END IF;
	IF NOT is_held THEN RETURN; END IF;
	UPDATE quota_buckets SET reserved_nano_usd = reserved_nano_usd + p_nano WHERE key = day_key;
	keys := day_key || keys;
	nanos := p_nano || nanos;
END
$$;
