import postgres from "postgres";
import * as z from "zod";
import { type DatabaseOrTransaction, parseDatabaseAddress, withQueries } from "../../db/index.ts";

/** What statements have read. */
export interface Reading {
	/** Tables that were read from end to end, also by a statement inside a function. */
	readonly scanned: readonly string[];
	/** Rows that were fetched from each table, and entries that were read from its indexes. */
	readonly rows: Readonly<Record<string, number>>;
	/** The statements with the planner's choice for each, indented by depth. */
	readonly plans: readonly { readonly query: string; readonly plan: string }[];
	/** Of the statement that took longest, with its way there and back. */
	readonly longestMs: number;
}

export interface PlanWatch extends AsyncDisposable {
	/** One connection, whose statements are watched. */
	readonly db: DatabaseOrTransaction;
	watch(run: () => Promise<unknown>): Promise<Reading>;
}

/** Watches the statements of one connection: by the server's own counts of what was read, and by EXPLAIN. */
export function watchPlans(url: string): PlanWatch {
	let asked: { query: string; parameters: unknown[]; atMs: number }[] = [];
	// The driver itself does not read the address of a Unix socket.
	const { host, port, user, password, database } = parseDatabaseAddress(url);
	const sql = postgres({
		host,
		port,
		username: user,
		password,
		database,
		max: 1,
		onnotice: () => undefined,
		debug: (_, query, parameters) => asked.push({ query, parameters, atMs: performance.now() }),
	});
	async function watch(run: () => Promise<unknown>): Promise<Reading> {
		const before = await readCounts(sql);
		asked = [];
		await run();
		const statements = [...asked, { query: "", parameters: [], atMs: performance.now() }];
		asked = [];
		const after = await readCounts(sql);
		const plans = [];
		for (const { query, parameters } of statements.filter((one) => isExplainable(one.query)))
			plans.push({ query, plan: await explain(sql, query, parameters) });
		// One connection runs one statement at a time: each ends before the next begins.
		const lengths = statements.slice(1).map(({ atMs }, index) => atMs - (statements[index]?.atMs ?? atMs));
		return { ...toDifference(before, after), plans, longestMs: Math.max(0, ...lengths) };
	}
	return {
		db: withQueries(sql),
		watch,
		[Symbol.asyncDispose]: async () => await sql.end({ timeout: 5 }),
	};
}

interface Counts {
	readonly name: string;
	readonly scans: number;
	readonly rows: number;
}

/** The server adds up what a session has read when it is asked to. */
async function readCounts(sql: postgres.Sql): Promise<Map<string, Counts>> {
	await sql`select pg_stat_force_next_flush()`;
	await sql`select pg_stat_clear_snapshot()`;
	const rows = await sql<Counts[]>`
		select relname as name, seq_scan::float8 as scans, (seq_tup_read + coalesce(idx_tup_fetch, 0) + coalesce((
			select sum(idx_tup_read) from pg_stat_user_indexes as own where own.relid = tables.relid), 0))::float8 as rows
		from pg_stat_user_tables as tables where schemaname = 'public'`;
	return new Map(rows.map((row) => [row.name, row]));
}

function toDifference(before: Map<string, Counts>, after: Map<string, Counts>) {
	const changed = [...after.values()].map(({ name, scans, rows }) => ({
		name,
		scans: scans - (before.get(name)?.scans ?? 0),
		rows: rows - (before.get(name)?.rows ?? 0),
	}));
	return {
		scanned: changed.filter(({ scans }) => scans > 0).map(({ name }) => name),
		rows: Object.fromEntries(changed.filter(({ rows }) => rows > 0).map(({ name, rows }) => [name, rows])),
	};
}

const isExplainable = (query: string) => /^\s*(select|with|insert|update|delete)\b/i.test(query);

const planNode = z.object({
	"Node Type": z.string(),
	"Relation Name": z.string().optional(),
	"Index Name": z.string().optional(),
	"Plan Rows": z.number(),
	get Plans() {
		return z.array(planNode).optional();
	},
});
const explained = z.tuple([z.object({ Plan: planNode })]);

async function explain(sql: postgres.Sql, query: string, parameters: unknown[]): Promise<string> {
	// As: the parameters are those that the driver has just sent.
	const [row] = await sql.unsafe(
		`explain (format json) ${query}`,
		parameters as postgres.ParameterOrJSON<never>[],
	);
	const [{ Plan: plan }] = explained.parse(row?.["QUERY PLAN"]);
	return toText(plan, 0);
}

function toText(node: z.infer<typeof planNode>, depth: number): string {
	const on = [node["Relation Name"], node["Index Name"]].filter(Boolean).join(" by ");
	const line = `${"  ".repeat(depth)}${node["Node Type"]} ${on} (${node["Plan Rows"]} rows expected)`;
	return [line, ...(node.Plans ?? []).map((child) => toText(child, depth + 1))].join("\n");
}
