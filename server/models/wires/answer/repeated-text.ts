/**
 * Some servers repeat the whole text so far in every event, instead of sending its next piece. The first events show it: a piece that
 * begins with all of the text before it, and is not a repeated pattern such as `==` after `=`, repeats the text.
 */
export class RepeatedText {
	#mode: "unknown" | "pieces" | "wholes" = "unknown";
	#soFar = "";
	/** A piece that may be either; the next piece decides. */
	#held: string | null = null;

	/** The new text in this piece. */
	push(piece: string): string {
		if (this.#mode === "pieces" || piece === "") return piece;
		return this.#mode === "wholes" ? this.#toRest(piece) : this.#decide(piece);
	}

	end(): string {
		const held = this.#held ?? "";
		this.#held = null;
		return held;
	}

	#decide(piece: string): string {
		const before = this.#held ?? this.#soFar;
		if (before === "") {
			this.#soFar = piece;
			return piece;
		}
		if (!repeats(piece, before)) {
			this.#mode = "pieces";
			return this.end() + piece;
		}
		if (this.#held === null && !isTelling(before)) {
			this.#held = piece;
			return "";
		}
		this.#held = null;
		this.#mode = "wholes";
		return this.#toRest(piece);
	}

	#toRest(piece: string): string {
		if (piece.startsWith(this.#soFar)) {
			const rest = piece.slice(this.#soFar.length);
			this.#soFar = piece;
			return rest;
		}
		if (this.#soFar.startsWith(piece)) return "";
		this.#mode = "pieces";
		return piece;
	}
}

const repeats = (piece: string, before: string): boolean =>
	piece.length > before.length && piece.startsWith(before) && !isPattern(piece);

/** Whether a text is one shorter text repeated. */
const isPattern = (text: string): boolean => (text + text).indexOf(text, 1) < text.length;

/** Long enough that it does not occur twice in a row by chance. */
const isTelling = (text: string): boolean =>
	text.length >= 4 && /[\p{L}\p{N}]/u.test(text) && !isPattern(text);
