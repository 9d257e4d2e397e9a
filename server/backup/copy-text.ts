import type { TableHead } from "./format.ts";

/** One row: the text of each wanted column by its name; null where PostgreSQL has NULL. */
export type CopiedRow = Readonly<Record<string, string | null>>;

/**
 * Parses lines of COPY's text format (PostgreSQL's manual, COPY, "Text Format"). `lines` holds whole lines only; of each row the
 * `wanted` columns are returned.
 */
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

/** Parses PostgreSQL's text form of an array, such as `{a,b}`. Only for arrays whose elements have no NULL, quote or comma. */
export function readArray(text: string | null): string[] {
	const inner = text?.replace(/^\{|\}$/g, "") ?? "";
	return inner === "" ? [] : inner.split(",").map((element) => element.replace(/^"|"$/g, ""));
}

/** Counts the rows in a piece of a file. Each row ends with the one line feed it has: COPY writes those of its texts as `\\n`. */
export function countLines(bytes: Buffer): number {
	let lines = 0;
	for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) lines += 1;
	return lines;
}
