/**
 * Makes text storable piece by piece: removes U+0000, replaces a lone surrogate by U+FFFD, and joins a surrogate pair that was cut
 * between two pieces. The joined output is the well-formed form of the joined input.
 */
export interface TextCleaner {
	/** The clean text so far; may be empty. */
	push(text: string): string;
	/** The text that was held back: U+FFFD for half a surrogate pair, else nothing. */
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

/** A whole text as PostgreSQL can store it: without U+0000, and lone surrogates become U+FFFD. */
export const toStorableText = (text: string): string => text.replaceAll("\u0000", "").toWellFormed();

/** The same for every text in a JSON value, names of fields included. */
export function toStorableJson(value: unknown): unknown {
	if (typeof value === "string") return toStorableText(value);
	if (Array.isArray(value)) return value.map(toStorableJson);
	if (typeof value !== "object" || value === null) return value;
	return Object.fromEntries(
		Object.entries(value).map(([name, inner]) => [toStorableText(name), toStorableJson(inner)]),
	);
}

/** Longer than every real name or id. */
const nameCharactersMax = 200;

/** A name or an id from outside, without control characters and cut; null when it is no text or nothing is left. */
export function toCleanName(value: unknown): string | null {
	if (typeof value !== "string") return null;
	const name = value.replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, "").trim();
	return name === "" ? null : name.slice(0, nameCharactersMax).toWellFormed();
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
