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
	header,
	manifest,
	refuseDamaged,
	refuseFile,
	type TableHead,
	tableHead,
} from "./format.ts";
import {
	type BackupFormat,
	createSealer,
	formats,
	lastLineBytes,
	type SealState,
	toFirstLine,
} from "./seal.ts";

/** The parts of a backup, in order. `rows` are whole lines of COPY of the last `table`; `end` comes when everything was correct. */
export type BackupPart =
	| { readonly kind: "header"; readonly header: BackupHeader }
	| { readonly kind: "table"; readonly head: TableHead }
	| { readonly kind: "rows"; readonly rows: Buffer }
	| { readonly kind: "end"; readonly manifest: BackupManifest; readonly seal: SealState };

/** The longest value that PostgreSQL stores, and what surrounds it. */
const lineBytesMax = 1_100_000_000;

/**
 * Reads a backup twice, in little memory: first its checksum and seal, then its content with every count and checksum. A reader
 * that has come to `end` has read exactly what was written.
 *
 * @throws AppError `conflict`: no such file, no backup of ours, another format, or damaged.
 */
export async function* readBackup(path: string, sealKey: Buffer | null): AsyncGenerator<BackupPart, void> {
	const gunzip = createGunzip();
	try {
		// Nothing of a file is unpacked or believed before its checksum fits.
		let seal: SealState = "unchecked";
		const onSeal = (state: SealState) => {
			seal = state;
		};
		for await (const _ of unseal(path, sealKey, onSeal));
		const feeding = pipeline(Readable.from(unseal(path, sealKey, onSeal)), gunzip);
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
		yield { kind: "end", manifest: last, seal };
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

/** The bytes between the first and the last line. At the end it reports the seal, or throws when the checksum does not fit. */
async function* unseal(
	path: string,
	sealKey: Buffer | null,
	onSeal: (state: SealState) => void,
): AsyncGenerator<Buffer> {
	const sealer = createSealer(sealKey);
	let held: Buffer = Buffer.alloc(0);
	let endBytes: number | null = null;
	for await (const piece of createReadStream(path, { highWaterMark: 256 * 1024 })) {
		held = Buffer.concat([held, piece]);
		if (endBytes === null && held.length < headBytesMax) continue;
		if (endBytes === null) {
			const format = readFormat(held, path);
			endBytes = lastLineBytes[format];
			sealer.update(toFirstLine(format));
			held = held.subarray(toFirstLine(format).length);
		}
		const content = held.subarray(0, Math.max(0, held.length - endBytes));
		held = held.subarray(content.length);
		sealer.update(content);
		if (content.length > 0) yield content;
	}
	if (endBytes === null) {
		readFormat(held, path);
		refuseDamaged(path, "it is cut short");
	}
	const lastLine = held.toString("latin1");
	const seal = held.length === endBytes && lastLine.endsWith("\n") ? sealer.check(lastLine) : null;
	if (seal === null) return refuseDamaged(path, "its checksum does not fit, or it is cut short");
	onSeal(seal);
}

/** No whole file is shorter. */
const headBytesMax = toFirstLine(formats[0]).length + lastLineBytes[formats[0]];

function readFormat(bytes: Buffer, path: string): BackupFormat {
	const [, format] = /^parley-backup (\d{1,9})\n/.exec(bytes.subarray(0, 32).toString("latin1")) ?? [];
	if (format === undefined) return refuseFile(path, "is not a backup of Parley", "backup_foreign");
	const known = formats.find((one) => one === Number(format));
	return (
		known ??
		refuseFile(
			path,
			`is of format ${format}; this Parley reads formats ${formats.join(" and ")}`,
			"backup_format",
		)
	);
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

/** Whole rows, up to the end of their table or of these bytes. */
function takeRows(bytes: Buffer): { rows: Buffer; after: Buffer; isEnd: boolean } {
	for (let at = bytes.indexOf(endOfRows); at !== -1; at = bytes.indexOf(endOfRows, at + 1))
		if (at === 0 || bytes[at - 1] === 10)
			return { rows: bytes.subarray(0, at), after: bytes.subarray(at + endOfRows.length), isEnd: true };
	const whole = bytes.lastIndexOf(10) + 1;
	return { rows: bytes.subarray(0, whole), after: bytes.subarray(whole), isEnd: false };
}

const anyLine = z.union([
	tableHead.transform((head) => ({ kind: "table", head }) as const),
	manifest.transform((made) => ({ kind: "end", manifest: made, seal: "unchecked" }) as const),
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

/** Adds each table with its number of rows and checksum to `seen`. */
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
