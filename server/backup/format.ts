import * as z from "zod";
import { AppError } from "../contract/errors.ts";
import { formats } from "./seal.ts";

/**
 * The file: a first line with the format, then one gzip stream, then a last line with the SHA-256 of everything before it and
 * its seal (HMAC-SHA-256), both in hex. The stream is text in UTF-8: a line of JSON (`header`); for each table a line of JSON
 * (`tableHead`), its rows as PostgreSQL's COPY writes them, and `\.`; at last a line of JSON (`manifest`).
 */

/** COPY's own mark: no row looks like this, because a backslash is written as two. */
export const endOfRows = "\\.\n";

export const header = z.object({
	format: z.literal(formats),
	/** The version of Parley that wrote the file. */
	version: z.string(),
	/** The schema: when its last migration was written, in ms since 1970. */
	migrationId: z.number().int().positive(),
	/** The instant of the snapshot, ISO 8601. */
	createdAt: z.string(),
});
export type BackupHeader = z.infer<typeof header>;

/** A name that is safe in a statement. */
const name = z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/);

export const tableHead = z.object({ table: name, columns: z.array(name).min(1) });
export type TableHead = z.infer<typeof tableHead>;

const nanoUsd = z.string().regex(/^-?\d{1,30}$/);

export const manifest = header.extend({
	/** In the order of the file, in which each table comes after those it refers to. */
	tables: z.array(z.object({ name, rows: z.number().int().min(0), sha256: z.string() })),
	/** The sum of each account's ledger entries, by the database; empty when the schema has no ledger. */
	ledgerNanoUsd: z.record(z.string(), nanoUsd),
});
export type BackupManifest = z.infer<typeof manifest>;

/** Refuses a file that cannot be used. */
export function refuseFile(path: string, why: string, reason: string): never {
	throw new AppError("conflict", `${path} ${why}`, { details: { reason } });
}

export const refuseDamaged = (path: string, what: string): never =>
	refuseFile(path, `is damaged: ${what}. Use another backup`, "backup_damaged");

/** An error of the file system in words for the operator; other errors unchanged. */
export function explainFileError(error: unknown, path: string): unknown {
	const code = error instanceof Error && "code" in error ? String(error.code) : "";
	const words = fileErrors[code];
	return words === undefined ? error : new AppError("conflict", `${path}: ${words}`, { cause: error });
}

const fileErrors: Record<string, string> = {
	ENOENT: "there is no such file or folder",
	ENOTDIR: "a part of the path is no folder",
	EISDIR: "this is a folder",
	EACCES: "this user has no permission",
	EPERM: "this user has no permission",
	EROFS: "the disk takes no writes",
	EEXIST: "there is such a file already; a backup never replaces another one",
	ENAMETOOLONG: "the name is too long",
	ENOSPC: "no space is left on the disk; nothing was kept",
	EDQUOT: "this user's share of the disk is used up; nothing was kept",
	EFBIG: "the disk takes no file of this size; nothing was kept",
	EIO: "the disk could not read or write it",
};
