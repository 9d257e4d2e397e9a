import type { ModelSpan } from "@/server/client";

/** A place in an answer from which on another model than before wrote it. */
export interface VisibleSwitch {
	readonly modelId: string;
	readonly atCharacter: number;
}

/** Where a reader should know that another model goes on. */
export function toSwitches(modelSpans: readonly ModelSpan[], text: string): readonly VisibleSwitch[] {
	return modelSpans.flatMap(({ modelId, fromCharacter }, index) => {
		const isOther = index > 0 && modelSpans[index - 1]?.modelId !== modelId;
		const isInside = fromCharacter > 0 && fromCharacter < text.length;
		return isOther && isInside ? [{ modelId, atCharacter: fromCharacter }] : [];
	});
}
