import type { PhrasingContent } from "mdast";

/** Tags that say something about a few words and can do nothing else. Their attributes are dropped. */
const tags = {
	b: "strong",
	strong: "strong",
	i: "em",
	em: "em",
	s: "del",
	del: "del",
	strike: "del",
	sub: "sub",
	sup: "sup",
	kbd: "kbd",
	u: "u",
	ins: "u",
	mark: "mark",
	small: "small",
} as const;

type KnownTag = keyof typeof tags;
export type InlineTag = (typeof tags)[KnownTag];

/** What stands between two nodes of a line: a node as it is, or words that a pair of tags is about. */
export type Piece =
	| { readonly node: PhrasingContent }
	| { readonly tag: InlineTag; readonly pieces: readonly Piece[] }
	| { readonly isBreak: true };

const isKnown = (name: string): name is KnownTag => Object.hasOwn(tags, name);

/**
 * Pairs of harmless tags around words, and `<br>`. A tag without its partner is text: the answer writes about it. So is every
 * other tag. Comments are left out.
 */
export function pairTags(nodes: readonly PhrasingContent[], isCell: boolean): Piece[] {
	const closings = findPartners(nodes);
	const walk = (from: number, to: number): Piece[] => {
		const pieces: Piece[] = [];
		for (let at = from; at < to; at++) {
			const node = nodes[at];
			if (!node) continue;
			const partner = closings.get(at);
			if (partner) {
				pieces.push({ tag: partner.tag, pieces: walk(at + 1, partner.at) });
				at = partner.at;
			} else if (node.type === "html" && /^<!--[\s\S]*-->$/.test(node.value)) continue;
			else if (node.type === "html" && isBreak(nodes, at, isCell)) pieces.push({ isBreak: true });
			else pieces.push({ node });
		}
		return pieces;
	};
	return walk(0, nodes.length);
}

/** For every opening tag with a partner: where that is. Pairs that cross are none. */
function findPartners(nodes: readonly PhrasingContent[]): Map<number, { at: number; tag: InlineTag }> {
	const partners = new Map<number, { at: number; tag: InlineTag }>();
	const open: { at: number; name: KnownTag }[] = [];
	nodes.forEach((node, at) => {
		if (node.type !== "html") return;
		const [, slash, name = ""] = /^<(\/?)([a-z]+)(?:\s[^<>]*)?>$/i.exec(node.value) ?? [];
		const known = name.toLowerCase();
		if (slash === undefined || !isKnown(known) || open.length > 50) return;
		if (slash === "") open.push({ at, name: known });
		else {
			const index = open.findLastIndex((one) => one.name === known);
			const opening = open[index];
			if (!opening) return;
			partners.set(opening.at, { at, tag: tags[known] });
			open.length = index;
		}
	});
	return partners;
}

/** `<br>` breaks the line, except between two words that are about it: "the <br> tag". */
function isBreak(nodes: readonly PhrasingContent[], at: number, isCell: boolean): boolean {
	const node = nodes[at];
	if (node?.type !== "html" || !/^<br\s*\/?>$/i.test(node.value)) return false;
	if (isCell) return true;
	const [before, after] = [nodes[at - 1], nodes[at + 1]];
	const isSpaced =
		before?.type === "text" && / $/.test(before.value) && after?.type === "text" && /^ \S/.test(after.value);
	return !isSpaced;
}
