import type { ListedKey } from "../../keys/index.ts";
import {
	type Command,
	type CommandContext,
	findOption,
	type Options,
	requireOption,
	UsageError,
} from "../command.ts";
import { toShortUsd, toTable } from "../print.ts";

const text = { type: "string" } as const;

/** Beyond what any installation has. */
const listedMax = 10_000;

export const keyCommands: Command[] = [
	{
		name: "key create",
		about:
			"an API key of an account, shown once; scopes: chat:write,usage:read; without the others no limit beside the plan's",
		usage:
			"--email E --name N [--scopes S,S] [--days D] [--requests-per-minute N] [--parallel N] [--usd-per-month USD]",
		options: {
			email: text,
			name: text,
			scopes: text,
			days: text,
			"requests-per-minute": text,
			parallel: text,
			"usd-per-month": text,
		},
		run: async (context, options) => {
			const email = requireOption(options, "email");
			const { createKey } = await import("../../keys/index.ts");
			const { getUserId } = await import("../../auth/index.ts");
			const wanted = await readNewKey(options);
			const db = await context.openDatabase();
			const made = await createKey(db, { ...wanted, userId: await getUserId(db, email), by: null });
			return { json: made, text: made.key };
		},
	},
	{
		name: "key list",
		about: "API keys without their secrets, newest first",
		usage: "[--email E]",
		options: { email: text },
		run: async (context, options) => {
			const email = findOption(options, "email");
			const { listKeys } = await import("../../keys/index.ts");
			const { getUserId } = await import("../../auth/index.ts");
			const db = await context.openDatabase();
			const ownerId = email === undefined ? null : await getUserId(db, email);
			const keys = await listKeys(db, { ownerId, limit: listedMax });
			return { json: keys, text: toText(keys) };
		},
	},
	{
		name: "key rotate",
		about: "gives a key another secret, shown once; the former one stays valid for the overlap (24 hours)",
		usage: "ID [--overlap-hours H]",
		options: { "overlap-hours": text },
		takesWords: true,
		run: async (context, options, words) => {
			const { keyFields, rotateKey } = await import("../../keys/index.ts");
			const hours = readField(options, "overlap-hours", keyFields.overlapHours, Number) ?? 24;
			const { db, change } = await findChange(context, words);
			const made = await rotateKey(db, change, { overlapHours: hours });
			return { json: made, text: made.key };
		},
	},
	{
		name: "key revoke",
		about: "ends a key for good, within a second on every instance",
		usage: "ID",
		options: {},
		takesWords: true,
		run: async (context, _, words) => {
			const { revokeKey } = await import("../../keys/index.ts");
			const { db, change } = await findChange(context, words);
			const revoked = await revokeKey(db, change);
			return { json: revoked, text: `Revoked ${revoked.name} (${revoked.publicId}) of ${revoked.email}` };
		},
	},
];

async function readNewKey(options: Options) {
	const { keyFields } = await import("../../keys/index.ts");
	const toList = (given: string) => given.split(",");
	return {
		name: readField(options, "name", keyFields.name, String) ?? requireOption(options, "name"),
		scopes: readField(options, "scopes", keyFields.scopes, toList) ?? ["chat:write" as const],
		expiresInDays: readField(options, "days", keyFields.expiresInDays, Number),
		requestsPerMinute: readField(options, "requests-per-minute", keyFields.requestsPerMinute, Number),
		parallelMax: readField(options, "parallel", keyFields.parallelMax, Number),
		nanoUsdPerMonth: readField(options, "usd-per-month", keyFields.nanoUsdPerMonth, toNanoUsd),
	};
}

interface Field<Value> {
	safeParse(
		given: unknown,
	): { success: true; data: Value } | { success: false; error: { issues: readonly { message: string }[] } };
}

/** The value of an option as the API would take it; null without the option. @throws {UsageError} */
function readField<Value>(
	options: Options,
	name: string,
	field: Field<Value>,
	convert: (given: string) => unknown,
): Value | null {
	const given = findOption(options, name);
	if (given === undefined) return null;
	const parsed = field.safeParse(convert(given));
	if (parsed.success) return parsed.data;
	throw new UsageError(`--${name}: ${parsed.error.issues.map(({ message }) => message).join("; ")}`);
}

/** US dollars as nano-dollars, exact; what is no amount stays as it is. */
function toNanoUsd(given: string): string {
	const [, whole = "", part = ""] = /^(\d{1,9})(?:\.(\d{1,9}))?$/.exec(given) ?? [];
	return whole === "" ? given : String(BigInt(whole) * 1_000_000_000n + BigInt(part.padEnd(9, "0")));
}

/** The key that is named by its id or its public id. */
async function findChange(context: CommandContext, words: readonly string[]) {
	const [id, ...others] = words;
	if (id === undefined || others.length > 0) throw new UsageError("Name one key by its id: see key list");
	const { listKeys } = await import("../../keys/index.ts");
	const { AppError } = await import("../../contract/errors.ts");
	const db = await context.openDatabase();
	const keys = await listKeys(db, { ownerId: null, limit: listedMax });
	const key = keys.find(({ keyId, publicId }) => keyId === id || publicId === id);
	if (!key) throw new AppError("not_found", `There is no key ${id}`);
	return { db, change: { keyId: key.keyId, ownerId: null, by: null } };
}

function toText(keys: readonly ListedKey[]): string {
	const heads = ["id", "email", "name", "scopes", "created", "expires", "revoked", "last used", "USD/month"];
	const toDay = (instant: string | null) => instant?.slice(0, 10) ?? "";
	const rows = keys.map((key) => [
		key.publicId,
		key.email,
		key.name,
		key.scopes.join(","),
		toDay(key.createdAt),
		toDay(key.expiresAt),
		toDay(key.revokedAt),
		toDay(key.lastUsedAt),
		key.nanoUsdPerMonth === null ? "none" : toShortUsd(key.nanoUsdPerMonth),
	]);
	return toTable(heads, rows);
}
