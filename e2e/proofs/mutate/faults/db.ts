import type { SourceFault } from "../source-fault.ts";

/** Faults of the connections to the database. */
export const databaseFaults: readonly SourceFault[] = [
	{
		what: "a transaction begins on a connection that others use",
		file: "server/db/connection/connect.ts",
		search: "const maxPipeline = Number.POSITIVE_INFINITY;",
		replace: "const maxPipeline = 1;",
		tests: ["server/db/connection/busy-transactions.test.ts"],
		isQuick: true,
	},
	{
		what: "a request goes through a pooler before the last one is answered",
		file: "server/db/connection/one-at-a-time.ts",
		search: "while (held[0] && (!isWaiting() || !endsRequest(held[0])))",
		replace: "while (held[0])",
		tests: ["server/db/connection/one-at-a-time.test.ts"],
		isQuick: true,
	},
	{
		what: "an answer that was cut between two reads counts as whole",
		file: "server/db/connection/pending-requests.ts",
		search: "return isSilent || missing.length > 0;",
		replace: "return isSilent;",
		tests: ["server/db/connection/pending-requests.test.ts", "server/db/connection/one-at-a-time.test.ts"],
		isQuick: true,
	},
];
