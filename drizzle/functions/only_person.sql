-- The person of all these failures; null when they are of several people or when one of them is not known.
CREATE OR REPLACE FUNCTION only_person(p_people integer[]) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN count(person) = count(*) AND min(person) = max(person) THEN min(person) END FROM unnest(p_people) AS person
$$;
