/**
 * Makes a stream of text pieces storable piece by piece: U+0000 goes, a lone surrogate becomes U+FFFD, and a pair that
 * was cut between two pieces is put together again. What comes out joined is the well-formed form of what went in joined.
 */
export interface TextCleaner {
	/** The clean text that is certain by now; may be empty. */
	push(text: string): string;
	/** What was held back: U+FFFD for half a pair whose other half never came, else nothing. */
	flush(): string;
}

export function createTextCleaner(): TextCleaner {
	let heldHalf = "";
	return {
		push(text) {
			let joined = text.includes("\u0000") ? text.replaceAll("\u0000", "") : text;
			if (joined === "") return "";
			if (heldHalf !== "") {
				joined = heldHalf + joined;
				heldHalf = "";
			}
			if (isHighSurrogate(joined.charCodeAt(joined.length - 1))) {
				heldHalf = joined.slice(-1);
				joined = joined.slice(0, -1);
			}
			return joined.isWellFormed() ? joined : joined.toWellFormed();
		},
		flush() {
			const rest = heldHalf === "" ? "" : "\uFFFD";
			heldHalf = "";
			return rest;
		},
	};
}

/** Longer than any name or id that a provider gives. */
const nameCharactersMax = 200;

/** A name or an id from outside, as it can be stored and shown: without signs for control, cut; null when nothing is left. */
export function toCleanName(value: unknown): string | null {
	if (typeof value !== "string") return null;
	const name = value.replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, "").trim();
	return name === "" ? null : name.slice(0, nameCharactersMax).toWellFormed();
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
