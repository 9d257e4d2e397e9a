/**
 * The dependency rule of ARCHITECTURE.md as a program: who may import whom, and where each foreign package lives.
 * `npm run lint` applies it to the tree (`lint-imports.ts`); `boundaries.test.ts` breaks every rule on purpose.
 */

import { dirname, join, normalize } from "node:path";
import type { FoundImport } from "./imports.ts";

/**
 * The rooms of `server/`, lowest layer first. A room may enter the door of any lower layer, never one of its own or a higher
 * one: what it needs from there, the corridor carries in as a value or a function.
 */
const layers: readonly (readonly string[])[] = [
	["contract"],
	["kernel"],
	["db"],
	["audit", "context", "settings", "viewer-events"],
	["threads"],
	["embedded-postgres", "models"],
	["embeddings", "keys", "quota", "rates", "resilience", "usage"],
	["cache", "cascade", "house", "turns"],
	["routing"],
	["chat"],
	["batch"],
	["retention"],
	["auth"],
	["backup"],
	["routers"],
	["http", "cli"],
	["client"],
	["simulator", "testing"],
];

/** Rooms without a door: every file of theirs is one. */
const open = ["contract", "kernel"];

/** Files of the contract whose values the browser may take: they import nothing but types. */
const sharedWithBrowser = /^server\/contract\/(event-id|fold|kinds|limits|turn-status)(\.ts)?$/;

/** Files straight below `server/` that a room may import the types of. */
const frameOpenTo: Record<string, string[]> = {
	http: ["services"],
	routers: ["services", "caller"],
};

/** Which room owns each table: only its files write to it. */
const owners: Record<string, readonly string[]> = {
	audit: ["audit_log"],
	auth: ["users", "identities", "one_time_links", "ended_sessions", "account_notices"],
	batch: ["batches", "batch_items"],
	embeddings: ["message_vectors"],
	house: ["house_calls", "context_summaries", "shadows"],
	keys: ["api_keys"],
	quota: ["plans", "quota_buckets", "former_allowances", "spending_pauses"],
	resilience: ["breakers", "breaker_counts", "breaker_probes", "breaker_history"],
	routing: ["routing_policies"],
	threads: ["threads", "messages", "message_terms", "title_terms", "term_queue"],
	turns: ["turns", "turn_events"],
	usage: ["model_calls", "prices", "ledger", "usage_days"],
};

/** Which room owns each function of `drizzle/functions`: it may write to the tables of that room. */
const functionOwners: Record<string, readonly string[]> = {
	audit: ["refuse_change"],
	quota: [
		"affordable_output",
		"carry_allowance",
		"keep_allowance",
		"level_slices",
		"lock_bucket",
		"only_person",
		"open_tiers",
		"post_to_quota",
		"post_to_site",
		"read_open_models",
		"read_plan_state",
		"reserve_key_quota",
		"reserve_quota",
		"reserve_shadow",
		"reserve_site",
		"settle_quota",
		"top_up_quota",
		"used_percent",
		"with_carried",
	],
	resilience: [
		"admit_probe",
		"breaker_state",
		"lock_breaker",
		"move_breaker",
		"report_to_breaker",
		"set_breaker",
	],
	threads: ["queue_terms"],
};

/** Files that write to tables of other rooms, and why one statement or transaction has to. */
const sharedWrites: Record<string, readonly string[]> = {
	// Accepting a turn is one statement over the thread, its messages and the turn.
	"server/turns/accept/accept-send.ts": ["threads", "messages"],
	"server/turns/accept/accept-answer.ts": ["threads", "messages"],
	// Closing a turn is one statement over the answer, the calls and what they cost.
	"server/turns/close-turn.ts": ["messages", "model_calls", "ledger"],
	// Booking a call of the server's own is one statement over its record, the call and what it cost.
	"server/house/calls/book-call.ts": ["model_calls", "ledger"],
	// More is held for a running turn and its buckets, or for none of them: one function, with the turn locked before them.
	"drizzle/functions/top_up_quota.sql": ["turns"],
};

/** Where a foreign package may be imported from; type imports travel freely inside `server/`. */
const homes: [RegExp, RegExp][] = [
	[/^@energetic-ai\//, /^server\/embeddings\//],
	[/^(ai|@ai-sdk\/.*)$/, /^server\/models\//],
	[/^postgres$/, /^server\/(db|embedded-postgres)\//],
	[
		/^drizzle-orm(\/.*)?$/,
		/^(server\/(audit|auth|backup|batch|context|db|embeddings|house|keys|quota|rates|resilience|retention|routing|threads|turns|usage)\/|drizzle\/)/,
	],
	[/^gpt-tokenizer(\/.*)?$/, /^server\/(context|simulator)\//],
	[/^drizzle-kit$/, /^drizzle\.config\.ts$/],
	[/^next-auth(\/.*)?$/, /^(server\/auth\/|app\/api\/auth\/)/],
	[/^next(\/.*)?$/, /^(app\/|components\/|server\/main\.ts|next\.config\.ts|proxy\.ts)/],
	[/^@trpc\/server(\/.*)?$/, /^server\/(routers\/|http\/|client\/)/],
	[
		/^(@trpc\/client|@tanstack\/.*|react|react-dom|radix-ui|katex|shiki|mermaid|remend|mdast-.*|micromark-.*)(\/.*)?$/,
		/^(app|components)\//,
	],
	[/^(@upstash\/.*|ioredis|rate-limiter-flexible)$/, /^server\/rates\//],
	[/^pino$/, /^server\/services\.ts$/],
	[/^(@node-rs\/argon2|nodemailer)$/, /^server\/auth\//],
];

/** Why this import is not allowed, or null. */
export function refuse(file: string, { source, isType }: FoundImport): string | null {
	const isOwn = source.startsWith(".") || source.startsWith("@/");
	if (!isOwn) return refusePackage(file, { source, isType });
	if (source.startsWith("@/") && file.startsWith("server/")) return "inside server/ imports are relative";
	const target = source.startsWith("@/") ? source.slice(2) : normalize(join(dirname(file), source));
	if (file.startsWith("server/")) return refuseInServer(file, target, isType);
	if (!target.startsWith("server/")) {
		return file.startsWith("components/") && target.startsWith("app/")
			? "components do not know pages"
			: null;
	}
	if (file.startsWith("components/") && sharedWithBrowser.test(target)) return null;
	if (isType && (file.startsWith("app/") || target.startsWith("server/client"))) return null;
	if (file.startsWith("drizzle/schema/") && target.startsWith("server/contract/")) return null;
	if (file.startsWith("app/") && /^server\/caller(\.ts)?$/.test(target)) return null;
	if (file.startsWith("app/api/auth/") && target.startsWith("server/auth/next-auth/next-auth-options"))
		return null;
	if (/^(e2e|bench|scripts)\//.test(file)) return null;
	return "the browser's side takes types from server/client and values of the contract that need no package; pages call server/caller";
}

function refusePackage(file: string, { source, isType }: FoundImport): string | null {
	if (isType && file.startsWith("server/")) return null;
	if (/^(e2e|bench|scripts)\//.test(file)) return null;
	const home = homes.find(([name]) => name.test(source));
	return home && !home[1].test(file) ? `${source} has its home elsewhere` : null;
}

function refuseInServer(file: string, target: string, isType: boolean): string | null {
	if (!target.startsWith("server/")) {
		return /^(drizzle\/schema|package\.json)/.test(target) ? null : "server/ imports nothing of the pages";
	}
	if (!target.endsWith(".ts") && !target.endsWith(".json"))
		return "server/ imports name the file with its ending";
	const room = roomOf(file);
	const targetRoom = roomOf(target);
	if (room !== null && room === targetRoom) return null;
	if (targetRoom === null) {
		const name = target.slice("server/".length, -".ts".length);
		return room === null || frameOpenTo[room]?.includes(name)
			? null
			: `the room ${room} does not know ${target}`;
	}
	if (room === "client" && !isType) return "server/client gives types only";
	if (room !== null && layerOf(targetRoom) >= layerOf(room))
		return `${room} stands in layer ${layerOf(room)} and does not know ${targetRoom} in layer ${layerOf(targetRoom)}`;
	return isDoor(target) || open.includes(targetRoom) ? null : "enter a room by its door, index.ts";
}

/** The layer of a room; one that has no layer yet may be entered by none. */
const layerOf = (room: string): number => {
	const layer = layers.findIndex((rooms) => rooms.includes(room));
	return layer === -1 ? layers.length : layer;
};

/** Which tables of other rooms the SQL or Drizzle queries in this text write to, except for the stated exceptions. */
export function findForeignWrites(file: string, text: string): string[] {
	const room = roomOf(file) ?? findFunctionOwner(file);
	if (room === null || room === "testing") return [];
	const bySql = text.matchAll(
		isFunction(file)
			? /\b(?:insert into|update|delete from)\s+([a-z_]+)\b/gi
			: /\b(?:insert into|update|delete from)\s+([a-z_]+)\b/g,
	);
	const byDrizzle = text.matchAll(/\.(?:insert|update|delete)\((?:schema\.)?(\w+)\)/g);
	const toSnakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
	const written = [...bySql, ...byDrizzle].map(([, table = ""]) => toSnakeCase(table));
	return [...new Set(written)].filter((table) => {
		const owner = Object.keys(owners).find((each) => owners[each]?.includes(table));
		return owner !== undefined && owner !== room && !sharedWrites[file]?.includes(table);
	});
}

/** The room that a file of `drizzle/functions` belongs to, or null. */
export function findFunctionOwner(file: string): string | null {
	const name = /^drizzle\/functions\/(\w+)\.sql$/.exec(file)?.[1] ?? "";
	return Object.keys(functionOwners).find((room) => functionOwners[room]?.includes(name)) ?? null;
}

const isFunction = (file: string) => file.endsWith(".sql");
const roomOf = (file: string): string | null => /^server\/([^/]+)\//.exec(file)?.[1] ?? null;
const isDoor = (file: string) => /^server\/[^/]+\/index\.ts$/.test(file);
