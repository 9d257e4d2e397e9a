-- For triggers on append-only tables.
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'Lines of % are never changed or removed; a correction is a new line.', TG_TABLE_NAME
		USING ERRCODE = 'restrict_violation';
END
$$;
