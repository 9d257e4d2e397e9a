import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { SearchHit } from "@/server/client";
import { trpc } from "../connection/trpc-client";

/** While someone types. */
const settleMs = 120;
/** What was written just now is found a second later: without hits, it is looked for a few times more. */
const again = { everyMs: 1_500, times: 4 };

/**
 * Searches titles and texts as one types; the hits of the words before stay until those of the new ones come. Enter waits for the hits
 * of what was typed, and chooses among these.
 */
export function useSearch(onChoose: (hit: SearchHit) => void) {
	const [typed, setTyped] = useState("");
	const [active, setActive] = useState(0);
	/** What was typed when Enter was pressed before its hits were there. */
	const [entered, setEntered] = useState<string | null>(null);
	const wanted = typed.trim();
	const settled = useDebounced(wanted, settleMs);
	const query = entered === wanted ? wanted : settled;
	const search = useQuery({
		queryKey: ["threads", "search", query],
		queryFn: ({ signal }) => trpc.threads.search.query({ query }, { signal }),
		enabled: query !== "",
		placeholderData: keepPreviousData,
		refetchInterval: ({ state }) =>
			state.data?.hits.length === 0 && state.dataUpdateCount <= again.times ? again.everyMs : false,
	});
	const hits = query === "" ? [] : (search.data?.hits ?? []);
	const at = Math.min(active, Math.max(0, hits.length - 1));
	const isAnswered = query === wanted && search.isSuccess && !search.isPlaceholderData;
	const chosen = hits[at];

	useEffect(() => {
		if (entered === null || entered !== wanted || !isAnswered) return;
		setEntered(null);
		if (chosen) onChoose(chosen);
	});

	return {
		typed,
		query,
		hits,
		at,
		isBusy: search.isFetching && !search.isSuccess,
		isFailed: search.isError,
		setActive,
		type(text: string) {
			setTyped(text);
			setActive(0);
			setEntered(null);
		},
		move: (step: 1 | -1) => setActive((at + step + hits.length) % Math.max(1, hits.length)),
		enter: () => setEntered(wanted === "" ? null : wanted),
	};
}

function useDebounced<Value>(value: Value, delayMs: number): Value {
	const [settled, setSettled] = useState(value);
	useEffect(() => {
		const timer = setTimeout(() => setSettled(value), delayMs);
		return () => clearTimeout(timer);
	}, [value, delayMs]);
	return settled;
}
