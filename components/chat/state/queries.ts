import { queryOptions, useQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import { trpc } from "../../connection/trpc-client";
import { type ModelOffers, toModelOffers } from "./model-offers";

/** The newest page of a thread. */
export function threadQuery(threadId: string) {
	return queryOptions({
		queryKey: ["threads", "get", threadId],
		queryFn: ({ signal }) => trpc.threads.get.query({ threadId }, { signal }),
	});
}

export function modelsQuery() {
	return queryOptions({
		queryKey: ["models", "list"],
		queryFn: ({ signal }) => trpc.models.list.query(undefined, { signal }),
		staleTime: 30_000,
	});
}

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

/** Whom else to ask, as things are now: what has just failed may have closed a model. */
export function useModelOffers(failedId: string | null): ModelOffers {
	const { data } = useQuery({ ...modelsQuery(), staleTime: 2_000 });
	return toModelOffers(data?.models ?? [], failedId);
}
