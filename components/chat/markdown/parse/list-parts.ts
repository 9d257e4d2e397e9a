import type { TopBlock } from "./tree";

/** A long list is drawn in parts of so many items. */
export const itemsPerPart = 60;

/** A long list as several that look like one. */
export function toParts(top: TopBlock): TopBlock[] {
	const { block } = top;
	if (block.type !== "list" || block.items.length <= itemsPerPart) return [top];
	const parts: TopBlock[] = [];
	for (let at = 0; at < block.items.length; at += itemsPerPart) {
		const items = block.items.slice(at, at + itemsPerPart);
		const start = block.start === null ? null : block.start + at;
		const weight = Math.ceil((top.weight * items.length) / block.items.length);
		parts.push({ ...top, weight, block: { ...block, start, items, isContinued: at > 0 } });
	}
	return parts;
}
