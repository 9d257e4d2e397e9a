/** Splits bytes into lines that end with LF, CRLF or CR. Chunks may be cut anywhere, also inside a character. */
export interface LineReader {
	/** The lines that end in this chunk, without their ends. */
	push(chunk: Uint8Array): string[];
	/** The last line if it has no end, else nothing. */
	end(): string[];
}

export function createLineReader(): LineReader {
	const decoder = new TextDecoder();
	/** The pieces of the unfinished line; joined once at its end, because a line may span thousands of chunks. */
	let pieces: string[] = [];
	let endedWithCr = false;
	return {
		push(chunk) {
			const lines: string[] = [];
			const text = decoder.decode(chunk, { stream: true });
			// A CR at the end of the previous chunk has ended its line; an LF that follows belongs to it.
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
