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

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
