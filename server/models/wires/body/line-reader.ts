/** Cuts bytes into lines that end with LF, CRLF or CR; chunks may be cut anywhere, also inside a character. */
export interface LineReader {
	/** The lines that end in this chunk, without their ends. */
	push(chunk: Uint8Array): string[];
	/** The last line if it has no end, else nothing. */
	end(): string[];
}

export function createLineReader(): LineReader {
	const decoder = new TextDecoder();
	/** The line that has not ended yet, in pieces: an endless one is joined once, not once for every chunk. */
	let pieces: string[] = [];
	let endedWithCr = false;
	return {
		push(chunk) {
			const lines: string[] = [];
			const text = decoder.decode(chunk, { stream: true });
			// A CR that ended the chunk before ended its line; the LF of the same pair ends no other.
			let from = endedWithCr && text.startsWith("\n") ? 1 : 0;
			if (text !== "") endedWithCr = text.endsWith("\r");
			for (let end = findLineEnd(text, from); end >= 0; end = findLineEnd(text, from)) {
				const piece = text.slice(from, end);
				lines.push(pieces.length === 0 ? piece : pieces.join("") + piece);
				pieces = [];
				from = text.startsWith("\r\n", end) ? end + 2 : end + 1;
			}
			if (from < text.length) pieces.push(text.slice(from));
			return lines;
		},
		end() {
			const rest = pieces.join("") + decoder.decode();
			pieces = [];
			return rest === "" ? [] : [rest];
		},
	};
}

function findLineEnd(text: string, from: number): number {
	const lf = text.indexOf("\n", from);
	const cr = text.indexOf("\r", from);
	return cr < 0 || (lf >= 0 && lf < cr) ? lf : cr;
}
