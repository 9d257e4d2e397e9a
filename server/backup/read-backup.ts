import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import * as z from "zod";
import { isAppError } from "../contract/errors.ts";
import { countLines } from "./copy-text.ts";
import {
	type BackupHeader,
	type BackupManifest,
	endOfRows,
	explainFileError,
	firstLine,
	formatVersion,
	header,
	manifest,
	refuseDamaged,
	refuseFile,
	sealBytes,
	type TableHead,
	tableHead,
} from "./format.ts";

/** What a backup is made of, in its order. `rows` are whole lines of COPY, of the last `table`; `end` comes once all was right. */
export type BackupPart =
	| { readonly kind: "header"; readonly header: BackupHeader }
	| { readonly kind: "table"; readonly head: TableHead }
	| { readonly kind: "rows"; readonly rows: Buffer }
	| { readonly kind: "end"; readonly manifest: BackupManifest };

/** The longest value that PostgreSQL holds, and what surrounds it. */
const lineBytesMax = 1_100_000_000;

/**
 * Reads a backup twice, in little memory: its seal first, then its content with every count and checksum. Whoever came to `end`
 * has read exactly what was written.
 *
 * @throws AppError `conflict`: no such file, no backup of ours, another format, or damaged.
 */
export async function* readBackup(path: string): AsyncGenerator<BackupPart, void> {
	const gunzip = createGunzip();
	try {
		// Nobody unpacks, or believes, anything of a file that is not as it was written.
		for await (const _ of unseal(path));
		const feeding = pipeline(Readable.from(unseal(path)), gunzip);
		feeding.catch(() => undefined);
		const seen: BackupManifest["tables"] = [];
		let last: BackupManifest | null = null;
		for await (const part of count(split(gunzip, path), seen)) {
			if (part.kind === "end") last = part.manifest;
			else yield part;
		}
		await feeding;
		if (!last || JSON.stringify(last.tables) !== JSON.stringify(seen))
			return refuseDamaged(path, "a table is not what the manifest says");
		yield { kind: "end", manifest: last };
	} catch (error) {
		throw explain(error, path);
	} finally {
		gunzip.destroy();
	}
}

function explain(error: unknown, path: string): unknown {
	if (isAppError(error)) return error;
	const code = error instanceof Error && "code" in error ? String(error.code) : "";
	if (!code.startsWith("Z_") && !(error instanceof z.ZodError)) return explainFileError(error, path);
	try {
		return refuseDamaged(path, "its content does not unpack");
	} catch (words) {
		return words;
	}
}

/** What is between the first line and the seal; fails at the end when the seal does not fit. */
async function* unseal(path: string): AsyncGenerator<Buffer> {
	const hash = createHash("sha256");
	let held: Buffer = Buffer.alloc(0);
	let hasBegun = false;
	for await (const piece of createReadStream(path, { highWaterMark: 256 * 1024 })) {
		held = Buffer.concat([held, piece]);
		if (!hasBegun && held.length < firstLine.length + sealBytes) continue;
		if (!hasBegun) {
			requireFirstLine(held, path);
			hash.update(firstLine);
			held = held.subarray(firstLine.length);
			hasBegun = true;
		}
		const content = held.subarray(0, Math.max(0, held.length - sealBytes));
		held = held.subarray(content.length);
		hash.update(content);
		if (content.length > 0) yield content;
	}
	if (!hasBegun) {
		requireFirstLine(held, path);
		refuseDamaged(path, "it is cut short");
	}
	if (held.toString("latin1") !== `${hash.digest("hex")}\n`)
		refuseDamaged(path, "its checksum does not fit, or it is cut short");
}

function requireFirstLine(bytes: Buffer, path: string): void {
	const [, format] = /^parley-backup (\d{1,9})\n/.exec(bytes.subarray(0, 32).toString("latin1")) ?? [];
	if (format === undefined) refuseFile(path, "is not a backup of Parley", "backup_foreign");
	if (Number(format) !== formatVersion)
		refuseFile(path, `is of format ${format}; this Parley reads format ${formatVersion}`, "backup_format");
}

async function* split(pieces: AsyncIterable<Buffer>, path: string): AsyncGenerator<BackupPart> {
	let rest: Buffer = Buffer.alloc(0);
	let place: "header" | "between" | "rows" | "over" = "header";
	for await (const piece of pieces) {
		let bytes: Buffer = rest.length > 0 ? Buffer.concat([rest, piece]) : piece;
		for (;;) {
			if (place === "rows") {
				const { rows, after, isEnd } = takeRows(bytes);
				if (rows.length > 0) yield { kind: "rows", rows };
				bytes = after;
				if (!isEnd) break;
				place = "between";
			}
			const end = bytes.indexOf(10);
			if (end === -1) break;
			if (place === "over") refuseDamaged(path, "something follows its end");
			const part = toPart(bytes.subarray(0, end), place === "header");
			yield part;
			bytes = bytes.subarray(end + 1);
			place = part.kind === "table" ? "rows" : part.kind === "end" ? "over" : "between";
		}
		if (bytes.length > lineBytesMax) refuseDamaged(path, "a line has no end");
		rest = bytes;
	}
	if (place !== "over" || rest.length > 0) refuseDamaged(path, "it is cut short");
}

/** Whole rows, up to the end of their table or of what is here. */
function takeRows(bytes: Buffer): { rows: Buffer; after: Buffer; isEnd: boolean } {
	for (let at = bytes.indexOf(endOfRows); at !== -1; at = bytes.indexOf(endOfRows, at + 1))
		if (at === 0 || bytes[at - 1] === 10)
			return { rows: bytes.subarray(0, at), after: bytes.subarray(at + endOfRows.length), isEnd: true };
	const whole = bytes.lastIndexOf(10) + 1;
	return { rows: bytes.subarray(0, whole), after: bytes.subarray(whole), isEnd: false };
}

const anyLine = z.union([
	tableHead.transform((head) => ({ kind: "table", head }) as const),
	manifest.transform((made) => ({ kind: "end", manifest: made }) as const),
]);

function toPart(line: Buffer, isFirst: boolean): BackupPart {
	const text = line.toString("utf8");
	const value: unknown = z.json().parse(parseJson(text));
	return isFirst ? { kind: "header", header: header.parse(value) } : anyLine.parse(value);
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** Counts rows and their checksums into `seen`, table by table. */
async function* count(
	parts: AsyncIterable<BackupPart>,
	seen: BackupManifest["tables"],
): AsyncGenerator<BackupPart> {
	let hash = createHash("sha256");
	let open: BackupManifest["tables"][number] | null = null;
	const close = () => {
		if (open) seen.push({ ...open, sha256: hash.digest("hex") });
		open = null;
	};
	for await (const part of parts) {
		if (part.kind === "rows" && open) {
			hash.update(part.rows);
			open.rows += countLines(part.rows);
		} else close();
		if (part.kind === "table") {
			hash = createHash("sha256");
			open = { name: part.head.table, rows: 0, sha256: "" };
		}
		yield part;
	}
}
