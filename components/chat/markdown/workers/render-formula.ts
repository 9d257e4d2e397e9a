import katex from "katex";

/** Characters of one formula, and how often its macros may unfold; beyond that its source is shown. */
const charactersMax = 5_000;
const expansionsMax = 500;
const cacheMax = 2_000;
const cache = new Map<string, Drawn>();

interface Drawn {
	readonly html: string | null;
	readonly error: string | null;
}

/**
 * A formula as KaTeX draws it, with MathML for screen readers and for copying. Commands that load or link (`\href`,
 * `\includegraphics`) stay off: `trust` is false.
 */
export function renderFormula(source: string, isDisplay: boolean): Drawn {
	const key = `${isDisplay}${source}`;
	const known = cache.get(key);
	if (known) return known;
	const drawn = draw(source, isDisplay);
	if (cache.size >= cacheMax) cache.clear();
	cache.set(key, drawn);
	return drawn;
}

function draw(source: string, isDisplay: boolean): Drawn {
	if (source.length > charactersMax) return { html: null, error: "This formula is too long to draw." };
	try {
		const html = katex.renderToString(source, {
			displayMode: isDisplay,
			throwOnError: true,
			strict: "ignore",
			trust: false,
			maxExpand: expansionsMax,
			maxSize: 50,
		});
		return { html, error: null };
	} catch (error) {
		return { html: null, error: error instanceof Error ? error.message : "This formula cannot be drawn." };
	}
}
