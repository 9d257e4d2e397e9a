import type { RootContent } from "mdast";

export interface Details {
	readonly summary: string;
	readonly inner: readonly RootContent[];
	/** The place of the closing tag among the siblings. */
	readonly endsAt: number;
}

/** A `<details>` with its summary at this place, up to its closing tag: the one block of HTML that is more than text. */
export function findDetails(nodes: readonly RootContent[], at: number, isGrowing: boolean): Details | null {
	const opening = nodes[at];
	if (opening?.type !== "html") return null;
	const start = /^<details(?:\s+open)?\s*>\s*<summary>([^<]{0,500})<\/summary>\s*$/i.exec(
		opening.value.trim(),
	);
	if (!start) return null;
	const closedAt = nodes.findIndex(
		(node, index) => index > at && node.type === "html" && /^<\/details>$/i.test(node.value.trim()),
	);
	if (closedAt < 0 && !isGrowing) return null;
	const endsAt = closedAt < 0 ? nodes.length : closedAt;
	return { summary: (start[1] ?? "").trim(), inner: nodes.slice(at + 1, endsAt), endsAt };
}
