import type { Root } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFootnoteFromMarkdown } from "mdast-util-gfm-footnote";
import { gfmStrikethroughFromMarkdown } from "mdast-util-gfm-strikethrough";
import { gfmTableFromMarkdown } from "mdast-util-gfm-table";
import { gfmTaskListItemFromMarkdown } from "mdast-util-gfm-task-list-item";
import { gfmTable } from "micromark-extension-gfm-table";
import { gfmTaskListItem } from "micromark-extension-gfm-task-list-item";
import { autolinkFromMarkdown, autolinkSyntax } from "./syntax/autolink-syntax";
import { boundedSyntax, labelSyntax } from "./syntax/bounded-syntax";
import { hideFormulaBars, showFormulaBars } from "./syntax/formula-pipes";
import { createMath } from "./syntax/math-syntax";
import { createSpans } from "./syntax/span-syntax";

/**
 * Markdown as models write it: CommonMark with GitHub's tables, notes, task lists and bare addresses, formulas, and
 * emphasis beside full-width punctuation. HTML comes out as text nodes of type `html`, which the tree decides about.
 */
export function parseMarkdown(written: string, { isGrowing }: { readonly isGrowing: boolean }): Root {
	const source = hideFormulaBars(written);
	const math = createMath({ source, isGrowing });
	const root = fromMarkdown(source, {
		extensions: [
			createSpans(),
			boundedSyntax(source),
			...labelSyntax(),
			gfmTable(),
			gfmTaskListItem(),
			autolinkSyntax(source),
			math.syntax,
		],
		mdastExtensions: [
			gfmStrikethroughFromMarkdown(),
			gfmFootnoteFromMarkdown(),
			gfmTableFromMarkdown(),
			gfmTaskListItemFromMarkdown(),
			autolinkFromMarkdown,
			math.fromMarkdown,
		],
	});
	if (source !== written) showFormulaBars(root);
	return root;
}
