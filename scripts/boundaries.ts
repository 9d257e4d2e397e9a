/**
 * The dependency rule of ARCHITECTURE.md as a program: who may import whom, and where each foreign package lives.
 * `npm run lint` runs it over the tree; `boundaries.test.ts` breaks every rule on purpose.
 */

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { pathToFileURL } from "node:url";

/** Files of the kernel: they import each other, zod and uuid, and nothing else. */
const kernel = ["clock", "errors", "ids", "notices", "rates", "text", "turn", "viewer-event"].map(
	(name) => `server/${name}.ts`,
);

/** What each room may enter besides the kernel, `drizzle/schema` and itself; always by the door. Rooms know no other room. */
const doorsOpenTo: Record<string, string[]> = {
	audit: [],
	auth: ["audit", "db"],
	backup: ["audit", "db"],
	batch: ["stream"],
	cascade: [],
	chat: ["cascade", "context", "models", "quota", "resilience", "stream", "threads", "usage"],
	cli: ["auth", "backup", "chat", "db", "models", "quota", "resilience", "usage"],
	context: [],
	db: [],
	events: ["stream"],
	http: ["auth", "db", "routers"],
	models: ["stream"],
	quota: ["audit"],
	resilience: ["audit"],
	routers: ["audit", "auth", "batch", "quota", "usage"],
	stream: [],
	testing: ["db"],
	threads: [],
	usage: ["audit"],
};

/** Files straight below `server/` that a room may import: the words of others, never their work. */
const frameOpenTo: Record<string, string[]> = {
	auth: ["env"],
	cli: ["env", "config"],
	http: ["services", "trpc"],
	models: ["env", "config"],
	routers: ["trpc", "caller"],
};

/** Where a foreign package may be imported from; type imports travel freely inside `server/`. */
const homes: [RegExp, RegExp][] = [
	[/^(ai|@ai-sdk\/.*)$/, /^server\/models\//],
	[/^postgres$/, /^server\/db\//],
	[/^drizzle-orm(\/.*)?$/, /^(server\/(db|auth)\/|drizzle\/)/],
	[/^drizzle-kit$/, /^drizzle\.config\.ts$/],
	[/^next-auth(\/.*)?$/, /^(server\/auth\/|app\/api\/auth\/)/],
	[/^next(\/.*)?$/, /^(app\/|components\/|server\/main\.ts|next\.config\.ts|proxy\.ts)/],
	[/^@trpc\/server(\/.*)?$/, /^server\/(trpc\.ts|routers\/|http\/|client\/)/],
	[
		/^(@trpc\/client|@tanstack\/.*|react|react-dom|radix-ui|streamdown|@streamdown\/.*)(\/.*)?$/,
		/^(app|components)\//,
	],
	[/^(@upstash\/.*|ioredis|rate-limiter-flexible)$/, /^server\/quota\//],
	[/^pino$/, /^server\/services\.ts$/],
	[/^(@node-rs\/argon2|nodemailer)$/, /^server\/auth\//],
];

export interface FoundImport {
	source: string;
	isType: boolean;
}

/** Every static or dynamic import and re-export of a module's text. */
export function findImports(text: string): FoundImport[] {
	const found: FoundImport[] = [];
	const statement = /(?:^|\n)\s*(import|export)\s+(type\s+)?([^'";]*?\s+from\s+)?["']([^"'\n]+)["']/g;
	for (const [, , isType, clause = "", source = ""] of text.matchAll(statement)) {
		const names = /\{([^}]*)\}/.exec(clause ?? "")?.[1];
		const isAllTypes =
			names !== undefined &&
			/^\s*\{/.test(clause ?? "") &&
			names.split(",").every((name) => !name.trim() || /^\s*type\s/.test(name));
		found.push({ source, isType: Boolean(isType) || isAllTypes });
	}
	for (const [, source = ""] of text.matchAll(/\bimport\(\s*["']([^"']+)["']/g))
		found.push({ source, isType: false });
	return found;
}

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
	if (isType && (file.startsWith("app/") || target.startsWith("server/client"))) return null;
	if (file.startsWith("app/") && /^server\/caller(\.ts)?$/.test(target)) return null;
	if (file.startsWith("app/api/auth/") && target.startsWith("server/auth/next-auth-options")) return null;
	if (/^(e2e|bench|scripts)\//.test(file)) return null;
	return "the browser's side takes types from server/client, and pages call server/caller";
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
	if (kernel.includes(file))
		return kernel.includes(target) ? null : "the kernel imports nothing but the kernel";
	const room = roomOf(file);
	if (kernel.includes(target) || room === roomOf(target)) return null;
	if (room === "client") return isType ? null : "server/client gives types only";
	if (room === null)
		return isDoor(target) || roomOf(target) === null ? null : "enter a room by its door, index.ts";
	const targetRoom = roomOf(target);
	if (targetRoom === null) {
		const name = target.slice("server/".length, -".ts".length);
		return frameOpenTo[room]?.includes(name) ? null : `the room ${room} does not know ${target}`;
	}
	if (!doorsOpenTo[room]?.includes(targetRoom))
		return `the room ${room} does not know the room ${targetRoom}`;
	return isDoor(target) ? null : "enter a room by its door, index.ts";
}

const roomOf = (file: string): string | null => /^server\/([^/]+)\//.exec(file)?.[1] ?? null;
const isDoor = (file: string) => /^server\/[^/]+\/index\.ts$/.test(file);
const isTest = (file: string) => /\.(test|spec)\.tsx?$/.test(file) || file.startsWith("server/testing/");

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
	const listed = execFileSync(
		"git",
		["ls-files", "--cached", "--others", "--exclude-standard", "*.ts", "*.tsx"],
		{ encoding: "utf8" },
	);
	const broken = [];
	for (const file of listed.split("\n").filter((name) => name && existsSync(name) && !isTest(name))) {
		for (const found of findImports(readFileSync(file, "utf8"))) {
			const reason = refuse(file, found);
			if (reason) broken.push(`${file}: ${found.source}: ${reason}`);
		}
	}
	if (broken.length > 0) console.error(broken.join("\n"));
	process.exitCode = broken.length > 0 ? 1 : 0;
}
