/** What the page and its Markdown worker say to each other. */
import type { SwitchPlace } from "../parse/place-switches";
import type { TopBlock } from "../parse/tree";

export interface ParseRequest {
	/** Names the answer: its growth is parsed from where the last request left off. */
	readonly answer: number;
	readonly text: string;
	readonly isGrowing: boolean;
	readonly switches: readonly SwitchPlace[];
	/** Set after the text as a whole took too long: each part by itself, these parts as plain text. */
	readonly plainChunks: readonly number[] | null;
}

export type ParseReply =
	| { readonly type: "ready" }
	/** Begins with this part of a text that is parsed in parts. */
	| { readonly type: "chunk"; readonly answer: number; readonly index: number }
	/** The first `same` blocks are those of the last reply; these follow. */
	| {
			readonly type: "blocks";
			readonly answer: number;
			readonly text: string;
			readonly same: number;
			readonly blocks: readonly TopBlock[];
	  };
