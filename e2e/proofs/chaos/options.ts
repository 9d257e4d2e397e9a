import { parseArgs } from "node:util";
import { toCount } from "../kit/program.ts";
import { type Scenario, scenarios } from "./faults/plan-faults.ts";

export const help = `npm run chaos -- [--instances 3] [--kills 200] [--scenario all] [--seed N] [--short] [--people 60]
                   [--lease-ms 20000] [--database-url URL] [--json]

Starts PostgreSQL, a simulated provider and several instances behind a load balancer, lets people send, edit, regenerate,
continue, read, stop and come back, and have batches answered, breaks things meanwhile, and checks what clients saw against
the database, the provider's records and its invoice.
  --scenario      ${scenarios.join(", ")}
  --kills         processes killed in all; other faults come in proportion to it
  --seed          of an earlier run: the same schedule again
  --short         about a minute and a half: 2 instances, 6 kills, 20 people, a lease of 3 s
  --database-url  a PostgreSQL of your own, in which a database is created and dropped; else an embedded one
Exits with 1 when a promise was broken or not checked, or a goal not reached or without a value.
`;

export interface Options {
	readonly scenario: Scenario;
	readonly seed: string;
	readonly instances: number;
	readonly kills: number;
	readonly people: number;
	readonly leaseMs: number;
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
			scenario: { type: "string", default: "all" },
			seed: text,
			instances: text,
			kills: text,
			people: text,
			"lease-ms": text,
			"database-url": text,
			short: flag,
			json: flag,
			help: flag,
		},
	});
	if (values.help) return null;
	const scenario = scenarios.find((name) => name === values.scenario);
	if (!scenario)
		throw new Error(`There is no scenario "${values.scenario}"; there are ${scenarios.join(", ")}.`);
	const standard = values.short
		? { instances: 2, kills: 6, people: 20, leaseMs: 3_000 }
		: { instances: 3, kills: 200, people: 60, leaseMs: 20_000 };
	return {
		scenario,
		isShort: values.short,
		isJson: values.json,
		databaseUrl: values["database-url"] ?? null,
		seed: values.seed ?? String(Date.now() % 1_000_000),
		instances: toCount("instances", values.instances, standard.instances, [2, 8]),
		kills: toCount("kills", values.kills, standard.kills, [1, 100_000]),
		people: toCount("people", values.people, standard.people, [2, 1_000]),
		leaseMs: toCount("lease-ms", values["lease-ms"], standard.leaseMs, [1_000, 600_000]),
	};
}
