import { queryOptions, useQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import type { ModelListItem } from "@/server/client";
import { trpc } from "../../connection/trpc-client";

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
		staleTime: 5 * 60_000,
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

/** Whom else to ask: a model of the same tier before others, and the one that can read most. */
export function useModelOffers(failedId: string | null): {
	readonly other: ModelListItem | null;
	readonly larger: ModelListItem | null;
} {
	const models = useModels()?.models ?? [];
	const failed = models.find(({ id }) => id === failedId);
	const others = models.filter((model) => model !== failed && model.isTest === (failed?.isTest ?? false));
	const other = others.find(({ tier }) => tier === failed?.tier) ?? others[0] ?? null;
	const widest = others.reduce<ModelListItem | null>(
		(best, model) => (model.contextWindow > (best ?? failed ?? model).contextWindow ? model : best),
		null,
	);
	return { other: failed ? other : null, larger: failed ? widest : null };
}
