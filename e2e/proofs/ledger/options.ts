import { parseArgs } from "node:util";
import { toCount } from "../kit/program.ts";

export const help = `npm run verify:ledger -- [--requests 10000] [--processes 4] [--people 48] [--kills 8] [--seed N]
                            [--short] [--json] [--database-url URL]

Starts PostgreSQL, a simulated provider that keeps its own invoice, and several instances; makes requests of all kinds
(retries, fallbacks, stops, cuts, odd reports of usage, leaving readers, posts made again, killed processes) at prices
that catch any rounding; then compares invoice, ledger, limits, reports and exports, imports the invoice, and compares again.
  --seed          of an earlier run: the same requests again
  --short         about a minute: 400 requests, 2 processes, 16 people, 2 kills, and none of the slow faults
  --database-url  a PostgreSQL of your own, in which a database is created and dropped; else an embedded one
Exits with 1 when anything is off by a nano-dollar, an estimate by more than its bound, or when something was not checked.
`;

export interface Options {
	readonly requests: number;
	readonly instances: number;
	readonly people: number;
	readonly kills: number;
	readonly seed: string;
	readonly isShort: boolean;
	readonly isJson: boolean;
	readonly databaseUrl: string | null;
}

/** Null when help was asked for. @throws on values that make no sense. */
export function readOptions(args: string[]): Options | null {
	const text = { type: "string" } as const;
	const flag = { type: "boolean", default: false } as const;
	const { values } = parseArgs({
		args,
		options: {
			requests: text,
			processes: text,
			people: text,
			kills: text,
			seed: text,
			"database-url": text,
			short: flag,
			json: flag,
			help: flag,
		},
	});
	if (values.help) return null;
	const standard = values.short
		? { requests: 400, processes: 2, people: 16, kills: 2 }
		: { requests: 10_000, processes: 4, people: 48, kills: 8 };
	return {
		isShort: values.short,
		isJson: values.json,
		databaseUrl: values["database-url"] ?? null,
		seed: values.seed ?? String(Date.now() % 1_000_000),
		requests: toCount("requests", values.requests, standard.requests, [1, 50_000]),
		instances: toCount("processes", values.processes, standard.processes, [1, 8]),
		people: toCount("people", values.people, standard.people, [1, 500]),
		kills: toCount("kills", values.kills, standard.kills, [0, 1_000]),
	};
}
