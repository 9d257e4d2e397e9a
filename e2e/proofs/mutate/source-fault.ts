/** A realistic mistake in one line of the product. */
export interface FaultPlace {
	/** What goes wrong, in words. */
	readonly what: string;
	readonly file: string;
	/** The text that is replaced; it must occur in the file exactly once. */
	readonly search: string;
	readonly replace: string;
}

/** A fault that at least one test must notice. */
export interface SourceFault extends FaultPlace {
	/** Filters of the test files that must notice it. */
	readonly tests: readonly string[];
	/** Part of the short form: its tests take only seconds. */
	readonly isQuick?: boolean;
}

/** A fault that a proof must notice, by the promise that it breaks and not by any failure. */
export interface ProofFault extends FaultPlace {
	/** The proof and its arguments, as `npm run` takes them. */
	readonly proof: readonly [script: string, ...args: string[]];
	/** What the proof prints when it has found it. */
	readonly complaint: RegExp;
}

/** Puts the fault into the text of its file. @throws when its anchor is gone, not unique, or replaced by itself. */
export function applyFault(text: string, { file, search, replace }: FaultPlace): string {
	const places = text.split(search).length - 1;
	if (places !== 1) throw new Error(`the anchor occurs ${places} times in ${file}: ${search.trim()}`);
	if (search === replace) throw new Error(`the fault changes nothing in ${file}`);
	return text.replace(search, () => replace);
}
