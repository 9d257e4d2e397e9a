import { queryOptions, useQuery } from "@tanstack/react-query";
import type { ThreadContext } from "@/server/client";
import { trpc } from "../../connection/trpc-client";
import { useModels } from "../state/queries";

export function threadContextQuery(threadId: string) {
	return queryOptions({
		queryKey: ["threads", "context", threadId],
		queryFn: ({ signal }) => trpc.threads.context.query({ threadId }, { signal }),
	});
}

/** What is sent of a thread, as it is chosen at present; undefined until it is read. */
export function useThreadContext(threadId: string | null): ThreadContext | undefined {
	return useQuery({ ...threadContextQuery(threadId ?? ""), enabled: threadId !== null }).data;
}

/** The strategy of a thread that has none of its own is the plan's. */
export const toStrategy = ({ strategy, planStrategy }: ThreadContext) => strategy ?? planStrategy ?? "auto";

/** How many tokens a request to the chosen model may have at most; 0 while that is not known. */
export function useBudget(model: string | null, context: ThreadContext | undefined): number {
	const data = useModels();
	const id = model ?? data?.defaultModelId;
	const room = data?.models.find((one) => one.id === id)?.conversationTokensMax ?? 0;
	return Math.min(room, context?.tokensMax ?? room);
}
