/** The first sign of a name as a person sees it: an emoji or a letter with its accents is one. */
export function toInitial(name: string): string {
	const first = new Intl.Segmenter(undefined, { granularity: "grapheme" })
		.segment(name.trim())
		[Symbol.iterator]();
	return (first.next().value?.segment ?? "").toLocaleUpperCase();
}
