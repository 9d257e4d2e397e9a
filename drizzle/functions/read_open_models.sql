-- The models and tiers of `read_plan_state` alone, as servers of older versions ask for them.
CREATE OR REPLACE FUNCTION read_open_models(p_user uuid, OUT open_models text[], OUT open_tiers text[])
LANGUAGE sql AS $$
	SELECT state.open_models, state.open_tiers FROM read_plan_state(p_user) AS state
$$;
