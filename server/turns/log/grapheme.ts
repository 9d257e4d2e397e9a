const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });
/** Code units looked at from the end; a longer cluster is split, so that no text can hold a stream back for ever. */
const tailUnitsMax = 64;

/**
 * Where a batch may end without cutting a character that more text could still extend (Unicode UAX #29): a ZWJ emoji,
 * a combining mark, half of a surrogate pair. Latin text, which ends most batches, is answered without segmenting.
 */
export function toSafeLength(text: string): number {
	if (text.length === 0 || text.charCodeAt(text.length - 1) < 0x300) return text.length;
	if (/[\uD800-\uDBFF]$/.test(text)) return toSafeLength(text.slice(0, -1));
	const start = Math.max(0, text.length - tailUnitsMax);
	let last = 0;
	for (const { index } of segmenter.segment(text.slice(start))) last = index;
	return last === 0 && start > 0 ? text.length : start + last;
}
