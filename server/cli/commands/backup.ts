import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { BackupManifest, MoneyCheck, SealState, VerifiedBackup } from "../../backup/index.ts";
import { type Command, type CommandContext, findOption, UsageError } from "../command.ts";
import { findAuthSecret } from "../look-up.ts";
import { toTable } from "../print.ts";

export const backupCommands: Command[] = [
	{
		name: "backup create",
		about:
			"writes the whole database, as of one instant, into one file while servers run; without --to into PARLEY_DATA_DIR/backups",
		usage: "[--to FILE]",
		options: { to: { type: "string" } },
		run: async (context, options) => {
			const { createBackup } = await import("../../backup/index.ts");
			const to = findOption(options, "to");
			const path = resolve(to ?? join(context.settings.dataDir, "backups", toFileName(new Date())));
			const version = readVersion();
			const db = await context.openDatabaseAsItIs();
			const sealKey = await findSealKey(context);
			const made = await createBackup(db, { path, version, sealKey, makesFolder: to === undefined });
			const text = [toTables(made.manifest), `Written: ${path} (${made.bytes} bytes)`].join("\n\n");
			const warning =
				sealKey === null
					? "Warning: not sealed, because the server's secret is not known here (AUTH_SECRET, or secrets.json in PARLEY_DATA_DIR)."
					: undefined;
			return { json: made, text, warning };
		},
	},
	{
		name: "backup verify",
		about:
			"checks the file without a database: every checksum and count, and whether the money in it adds up",
		usage: "FILE",
		options: {},
		takesWords: true,
		run: async (context, _options, words) => {
			const { verifyBackup } = await import("../../backup/index.ts");
			const path = requireFile(words);
			const found = await verifyBackup(path, await findSealKey(context));
			const money = found.isExact
				? `${path} is whole, and its money adds up.`
				: `${path} is whole, but its money does not add up.`;
			const text = [toTables(found.manifest), toMoney(found.checks), `${money}\n${sealWords[found.seal]}`];
			const isRefused = !found.isExact || found.seal === "foreign";
			return { json: found, text: text.join("\n\n"), isRefused };
		},
	},
	{
		name: "backup restore",
		about: "replaces the content of the database with the file, all or nothing; stop every server first",
		usage: "FILE [--replace] [--any-seal]",
		options: { replace: { type: "boolean" }, "any-seal": { type: "boolean" } },
		takesWords: true,
		run: async (context, options, words) => {
			const { restoreBackup } = await import("../../backup/index.ts");
			const path = requireFile(words);
			const db = await context.openDatabaseAsItIs();
			const found = await restoreBackup(db, {
				path,
				replaces: options.replace === true,
				sealKey: await findSealKey(context),
				acceptsAnySeal: options["any-seal"] === true,
			});
			return { json: found, text: toRestoredText(found) };
		},
	},
];

const sealWords: Record<SealState, string> = {
	valid: "Its seal is valid: this server wrote it, and nothing was changed since.",
	foreign: "Its seal is NOT valid: it was changed, or written by a server with another AUTH_SECRET.",
	unchecked: "Its seal was not checked: the server's secret is not known here.",
	none: "It has no seal, so changes that keep its checksums cannot be found.",
};

async function findSealKey({ settings }: CommandContext): Promise<Buffer | null> {
	const { toSealKey } = await import("../../backup/index.ts");
	const secret = await findAuthSecret(settings);
	return secret === null ? null : toSealKey(secret);
}

function requireFile(words: readonly string[]): string {
	const [file, ...rest] = words;
	if (file === undefined || file === "" || rest.length > 0) throw new UsageError("Name exactly one file");
	return resolve(file);
}

/** Sorts by time and is a valid name on every file system. */
const toFileName = (now: Date) => `parley-${now.toISOString().slice(0, 19).replaceAll(":", "-")}Z.backup`;

function readVersion(): string {
	const { version } = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8"));
	return String(version);
}

function toTables({ createdAt, version, migrationId, tables, ledgerNanoUsd }: BackupManifest): string {
	const rows = tables.map(({ name, rows, sha256 }) => [name, String(rows), sha256.slice(0, 16)]);
	const ledger = Object.entries(ledgerNanoUsd).map(([account, sum]) => `${account} ${sum}`);
	return [
		`${createdAt}, Parley ${version}, schema ${migrationId}`,
		toTable(["table", "rows", "sha256"], rows),
		`ledger, nano-USD: ${ledger.join(", ") || "no lines"}`,
	].join("\n\n");
}

function toMoney(checks: readonly MoneyCheck[]): string {
	const rows = checks.map(({ what, nanoUsd, otherwise, isEqual, first }) => [
		what,
		nanoUsd,
		otherwise,
		isEqual ? "yes" : `NO${first === null ? "" : `, first ${first}`}`,
	]);
	return toTable(["money", "nano-USD", "nano-USD", "equal"], rows);
}

function toRestoredText({ manifest, runningTurns, isExact, checks }: VerifiedBackup): string {
	const open = `${runningTurns} answers were being written at that instant: they end as interrupted when a server starts.`;
	return [
		toTables(manifest),
		...(isExact
			? []
			: [toMoney(checks), "The money in this backup does not add up; it was restored as it is."]),
		[
			"Restored. Everyone has to sign in again; open invitations and reset links are removed.",
			...(runningTurns > 0 ? [open] : []),
		].join("\n"),
	].join("\n\n");
}
