import type { Finding } from "../kit/finding.ts";
import { readRequests } from "../kit/money/provider-records.ts";
import type { RequestRecord } from "./request-records.ts";

/** What the database and the provider know of requests by their names. */
export interface Traces {
	/** Names of the turns that exist, once for each turn. */
	readonly turnNames: readonly string[];
	/** Our names for the requests that the provider got, once for each. */
	readonly callNames: readonly string[];
}

export async function readCallNames(upstreamUrl: string): Promise<string[]> {
	return (await readRequests(upstreamUrl)).map(({ name }) => name);
}

/** Whatever is posted again has one effect and one reply, and the provider is asked for each call once. */
export function checkOnce(records: readonly RequestRecord[], { turnNames, callNames }: Traces): Finding[] {
	const turns = Map.groupBy(turnNames, (name) => name);
	const calls = Map.groupBy(callNames, (name) => name);
	const reposted = records.filter(({ reposts }) => reposts > 0);
	return [
		{
			id: "once",
			promise: "a request that is posted again is one turn, with one reply",
			checked: reposted.reduce((sum, { reposts }) => sum + reposts, 0),
			violations: records.flatMap(({ clientMessageId, replies }) => {
				const [count, different] = [
					turns.get(clientMessageId)?.length ?? 0,
					new Set(replies.map((reply) => JSON.stringify(reply))).size,
				];
				if (different > 1) return [`${clientMessageId} has ${different} replies`];
				return count > 1 || count < different ? [`${clientMessageId} is ${count} turns`] : [];
			}),
		},
		{
			id: "once",
			promise: "the provider is asked for each call once",
			checked: callNames.length,
			violations: Array.from(calls, ([name, { length }]) => ({ name, length })).flatMap(({ name, length }) =>
				name === "" || length > 1 ? [`"${name}" was asked for ${length} times`] : [],
			),
		},
	];
}
