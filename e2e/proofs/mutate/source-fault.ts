/** A realistic mistake in one line of the product, which at least one test must notice. */
export interface SourceFault {
	/** What goes wrong, in words. */
	readonly what: string;
	readonly file: string;
	/** The text that is replaced; it must occur in the file exactly once. */
	readonly search: string;
	readonly replace: string;
	/** Filters of the test files that must notice it. */
	readonly tests: readonly string[];
	/** Part of the short form: its tests take only seconds. */
	readonly isQuick?: boolean;
}

/** Puts the fault into the text of its file. @throws when its anchor is gone, not unique, or replaced by itself. */
export function applyFault(text: string, { file, search, replace }: SourceFault): string {
	const places = text.split(search).length - 1;
	if (places !== 1) throw new Error(`the anchor occurs ${places} times in ${file}: ${search.trim()}`);
	if (search === replace) throw new Error(`the fault changes nothing in ${file}`);
	return text.replace(search, () => replace);
}
