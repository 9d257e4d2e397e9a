import { parseArgs } from "node:util";

const scenarios = ["rows", "outage", "all"] as const;

export const help = `npm run chaos:provider -- [--row NAME[,NAME]] [--scenario all] [--short] [--json] [--seed N]
                            [--instances 3] [--database-url URL]

Starts PostgreSQL, a simulated provider and real servers, lets the provider fail in every way there is, and checks for
each what the person saw, what the provider was asked, who paid what, and how long it took.
  --row           these rows alone; a name that ends in * means all that begin so
  --scenario      ${scenarios.join(", ")}: the rows, a provider that is dead for a minute under 50 messages a second, or both
  --short         about a minute: the rows that wait for no deadline, 1 instance; with --scenario outage 15 s of it, 2 instances
  --json          a line of JSON for each row, then one that sums up
  --seed          of an earlier run: the same throws where chance decides
  --database-url  a PostgreSQL of your own, in which a database is created and dropped; else an embedded one
Exits with 1 when a row or a goal is not as promised.
`;

export interface Options {
	readonly rows: readonly string[];
	readonly hasRows: boolean;
	readonly hasOutage: boolean;
	readonly isShort: boolean;
	readonly isJson: boolean;
	readonly seed: string;
	readonly instances: number;
	readonly databaseUrl: string | null;
}

/** Null when help was asked for. @throws on anything that makes no sense. */
export function readOptions(args: string[]): Options | null {
	const { values } = parseArgs({
		args,
		options: {
			row: { type: "string" },
			scenario: { type: "string" },
			seed: { type: "string" },
			instances: { type: "string" },
			"database-url": { type: "string" },
			short: { type: "boolean", default: false },
			json: { type: "boolean", default: false },
			help: { type: "boolean", default: false },
		},
	});
	if (values.help) return null;
	const isShort = values.short;
	const rows = (values.row ?? "").split(",").flatMap((name) => name.trim() || []);
	// A short run of everything is a run of the rows: an outage takes its time.
	const scenario = values.scenario ?? (rows.length > 0 || isShort ? "rows" : "all");
	if (!scenarios.some((name) => name === scenario))
		throw new Error(`There is no scenario "${scenario}"; there are ${scenarios.join(", ")}.`);
	const hasOutage = scenario !== "rows";
	const instances = Number(values.instances ?? (isShort ? (hasOutage ? 2 : 1) : 3));
	if (!(Number.isInteger(instances) && instances >= 1 && instances <= 8))
		throw new Error("--instances must be a whole number from 1 to 8.");
	const seed = values.seed ?? String(Date.now() % 1_000_000);
	if (!/^\d{1,9}$/.test(seed)) throw new Error("--seed must be a whole number.");
	return {
		rows,
		hasOutage,
		isShort,
		seed,
		instances,
		hasRows: scenario !== "outage",
		isJson: values.json,
		databaseUrl: values["database-url"] ?? null,
	};
}
