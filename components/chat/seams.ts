import type { Leg } from "@/server/client";

/** A place in an answer from which on another model than before wrote it. */
export interface Seam {
	readonly modelId: string;
	readonly atCharacter: number;
}

/** The legs of an answer's earlier turns with those of a later one; the very same list when that adds nothing. */
export function joinLegs(before: readonly Leg[], after: readonly Leg[]): readonly Leg[] {
	const [first] = after;
	if (!first) return before;
	const earlier = before.filter(({ fromCharacter }) => fromCharacter < first.fromCharacter);
	const joined = [...earlier, ...after];
	return joined.length === before.length && joined.every((leg, index) => isSame(leg, before[index]))
		? before
		: joined;
}

const isSame = (a: Leg, b: Leg | undefined) =>
	a.modelId === b?.modelId && a.fromCharacter === b.fromCharacter;

/** Where a reader should know that somebody else goes on. */
export function toSeams(legs: readonly Leg[], text: string): readonly Seam[] {
	return legs.flatMap(({ modelId, fromCharacter }, index) => {
		const isOther = index > 0 && legs[index - 1]?.modelId !== modelId;
		const isInside = fromCharacter > 0 && fromCharacter < text.length;
		return isOther && isInside ? [{ modelId, atCharacter: fromCharacter }] : [];
	});
}
