import type { ModelSpan } from "@/server/client";

/** A place in an answer from which on another model than before wrote it. */
export interface VisibleSwitch {
	readonly modelId: string;
	readonly atCharacter: number;
}

/** The model spans of an answer's earlier turns with those of a later one; the very same list when that adds nothing. */
export function joinModelSpans(
	before: readonly ModelSpan[],
	after: readonly ModelSpan[],
): readonly ModelSpan[] {
	const [first] = after;
	if (!first) return before;
	const earlier = before.filter(({ fromCharacter }) => fromCharacter < first.fromCharacter);
	const joined = [...earlier, ...after];
	return joined.length === before.length &&
		joined.every((modelSpan, index) => isSame(modelSpan, before[index]))
		? before
		: joined;
}

const isSame = (a: ModelSpan, b: ModelSpan | undefined) =>
	a.modelId === b?.modelId && a.fromCharacter === b.fromCharacter;

/** Where a reader should know that somebody else goes on. */
export function toSwitches(modelSpans: readonly ModelSpan[], text: string): readonly VisibleSwitch[] {
	return modelSpans.flatMap(({ modelId, fromCharacter }, index) => {
		const isOther = index > 0 && modelSpans[index - 1]?.modelId !== modelId;
		const isInside = fromCharacter > 0 && fromCharacter < text.length;
		return isOther && isInside ? [{ modelId, atCharacter: fromCharacter }] : [];
	});
}
