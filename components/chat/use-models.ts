import { useQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import { modelsQuery } from "./thread-query";

export function useModels() {
	return useQuery(modelsQuery()).data;
}

/** The name of a model; its id while the catalogue is not here, or if it is gone from it. */
export function useModelName(): (modelId: string) => string {
	const models = useModels()?.models;
	return useCallback(
		(modelId: string) => models?.find(({ id }) => id === modelId)?.name ?? modelId,
		[models],
	);
}
