import type { TopBlock } from "../parse/tree";

/**
 * The blocks of a reply with those of the one before: what did not change is the same object again, down to the last word,
 * so that only what changed is drawn.
 */
export function shareBlocks(
	before: readonly TopBlock[],
	{ same, blocks }: { readonly same: number; readonly blocks: readonly TopBlock[] },
): readonly TopBlock[] {
	const kept = before.slice(0, same);
	return [...kept, ...blocks.map((block, index) => share(before[same + index], block))];
}

function share<Value>(before: unknown, next: Value): Value {
	if (Object.is(before, next)) return next;
	if (typeof before !== "object" || typeof next !== "object" || before === null || next === null) return next;
	if (Array.isArray(before) !== Array.isArray(next)) return next;
	const old = before as Record<string, unknown>;
	const names = Object.keys(next);
	const entries = names.map(
		(name) => [name, share(old[name], (next as Record<string, unknown>)[name])] as const,
	);
	const isSame =
		names.length === Object.keys(old).length && entries.every(([name, value]) => value === old[name]);
	// The same shape with the same parts: the object that is there already.
	if (isSame) return before as Value;
	if (Array.isArray(next)) return entries.map(([, value]) => value) as Value;
	return Object.fromEntries(entries) as Value;
}
