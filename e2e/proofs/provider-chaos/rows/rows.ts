import { oddityRows } from "./oddities.ts";
import { refusalRows } from "./refusals.ts";
import type { Row } from "./row.ts";
import { streamRows } from "./streams.ts";

/** Every provider row of the promises under fault. */
export const rows: readonly Row[] = [...refusalRows, ...streamRows, ...oddityRows];

/** The rows of these names; a name that ends in `*` means all that begin so. @throws when a name means none. */
export function chooseRows(names: readonly string[], isShort: boolean): Row[] {
	const wanted = rows.filter(({ isSlow }) => !(isShort && isSlow));
	if (names.length === 0) return wanted;
	const isMeant = (name: string, pattern: string) =>
		pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
	for (const pattern of names)
		if (!rows.some(({ name }) => isMeant(name, pattern))) throw new Error(`There is no row "${pattern}".`);
	return rows.filter(({ name }) => names.some((pattern) => isMeant(name, pattern)));
}
