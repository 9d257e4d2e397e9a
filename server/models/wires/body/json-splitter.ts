/**
 * Finds JSON objects in a text: one after another, in an array, one per line, or over many lines. Skips everything between them.
 */
export interface JsonSplitter {
	/** The objects that end in this piece. Pieces may be cut anywhere. */
	push(text: string): string[];
	/** Whether an object has begun but not ended. */
	readonly isInside: boolean;
	/** The unfinished object, or "". */
	rest(): string;
}

export function createJsonSplitter(): JsonSplitter {
	let pieces: string[] = [];
	let depth = 0;
	let isString = false;
	let isEscaped = false;
	return {
		get isInside() {
			return depth > 0;
		},
		rest: () => pieces.join(""),
		push(text) {
			const objects: string[] = [];
			let from = 0;
			for (let at = 0; at < text.length; at += 1) {
				const code = text.charCodeAt(at);
				if (isString) {
					if (isEscaped) isEscaped = false;
					else if (code === backslash) isEscaped = true;
					else if (code === quote) isString = false;
				} else if (code === open) {
					if (depth === 0) from = at;
					depth += 1;
				} else if (depth === 0) continue;
				else if (code === quote) isString = true;
				else if (code === close) {
					depth -= 1;
					if (depth > 0) continue;
					objects.push(pieces.join("") + text.slice(from, at + 1));
					pieces = [];
				}
			}
			if (depth > 0) pieces.push(text.slice(from));
			return objects;
		},
	};
}

const [open, close, quote, backslash] = [0x7b, 0x7d, 0x22, 0x5c];
