import { createContext, useContext } from "react";
import type { VisibleSwitch } from "../../state/model-switches";
import type { Block, TopBlock } from "../parse/tree";

/** What the parts of one answer share. */
interface AnswerParts {
	/** Begins every id in the page that comes from this answer: two answers may use the same names. */
	readonly prefix: string;
	/** The headings that a link may lead to. */
	readonly slugs: ReadonlySet<string>;
	/** The levels of its headings, from the highest. */
	readonly levels: readonly number[];
	readonly switches: readonly VisibleSwitch[];
	readonly isGrowing: boolean;
}

export const AnswerContext = createContext<AnswerParts>({
	prefix: "",
	slugs: new Set(),
	levels: [],
	switches: [],
	isGrowing: false,
});

export const useAnswerParts = () => useContext(AnswerContext);

/** The names and levels of all headings, also of those in quotes, items and folds, as one text to compare. */
export function describeHeadings(blocks: readonly TopBlock[]): string {
	const slugs = new Set<string>();
	const levels = new Set<number>();
	const walk = (block: Block): void => {
		if (block.type === "heading") {
			slugs.add(block.slug);
			levels.add(block.level);
		} else if (block.type === "quote" || block.type === "details") block.children.forEach(walk);
		else if (block.type === "list") for (const item of block.items) item.children.forEach(walk);
	};
	for (const { block } of blocks) walk(block);
	return JSON.stringify([[...slugs], [...levels].sort()]);
}
