import type { ProofFault } from "../source-fault.ts";

/** One fault for each long proof, of the kind that it exists for: a proof that stays green with it proves nothing. */
export const proofFaults: readonly ProofFault[] = [
	{
		what: "the usage that providers report is never read",
		file: "server/resilience/calls/read-call.ts",
		search: "reported: finish?.usage ?? null,",
		replace: "reported: null,",
		proof: ["verify:ledger", "--short"],
		complaint: /before: \S+ has its tokens by estimate/,
	},
	{
		what: "the text of a turn whose process died is lost",
		file: "server/turns/sweep.ts",
		search: "pending: [], view: record.view, calls",
		replace: "pending: [], view: new TurnRecord([]).view, calls",
		proof: ["chaos", "--short"],
		complaint: /I5: /,
	},
	{
		what: "what running turns hold does not count for the day",
		file: "drizzle/functions/affordable_output.sql",
		search: "plan.nano_usd_per_day - today.used_nano_usd - held * today.reserved_nano_usd",
		replace: "plan.nano_usd_per_day - today.used_nano_usd",
		proof: ["test:budget-race", "--short"],
		complaint: /I2: \d+ \+ \d+ > \d+/,
	},
	{
		what: "another model answers what a filter has refused",
		file: "server/resilience/failures/rules.ts",
		search: 'filtered_request: rule("no", false,',
		replace: 'filtered_request: rule("no", true,',
		proof: ["chaos:provider", "--row", "filter-request + fallback"],
		complaint: /requests to its stand-in/,
	},
];
