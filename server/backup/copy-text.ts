import type { TableHead } from "./format.ts";

/** A row of COPY's text format, by column; null is NULL. */
export type CopiedRow = Readonly<Record<string, string | null>>;

/** The rows in whole lines of COPY's text format (PostgreSQL, COPY, "Text Format"). Only the wanted columns are read. */
export function readRows({ columns }: TableHead, lines: Buffer, wanted: readonly string[]): CopiedRow[] {
	const places = wanted.map((name) => [name, columns.indexOf(name)] as const);
	const rows = lines.toString("utf8").split("\n").slice(0, -1);
	return rows.map((row) => {
		const cells = row.split("\t");
		return Object.fromEntries(places.map(([name, place]) => [name, toValue(cells[place])]));
	});
}

const escapes: Record<string, string> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };

function toValue(cell: string | undefined): string | null {
	if (cell === undefined || cell === "\\N") return null;
	return cell.includes("\\") ? cell.replace(/\\(.)/gs, (_, sign: string) => escapes[sign] ?? sign) : cell;
}

/** The elements of an array of keys or numbers, which contain no NULL, quote or comma. */
export function readArray(text: string | null): string[] {
	const inner = text?.replace(/^\{|\}$/g, "") ?? "";
	return inner === "" ? [] : inner.split(",").map((element) => element.replace(/^"|"$/g, ""));
}

/** Counts rows: a line break inside a row is written as two characters. */
export function countLines(bytes: Buffer): number {
	let lines = 0;
	for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) lines += 1;
	return lines;
}
