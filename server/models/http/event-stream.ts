/**
 * Reads server-sent events by the standard (WHATWG HTML, 9.2): lines end with LF, CRLF or CR, `data` lines join with LF, a blank
 * line ends an event. Only `data` matters to the wires that are read with it; an event without any is none.
 */
export interface EventStreamParser {
	/** The data of the events that end in this chunk; chunks may be cut anywhere. */
	push(chunk: Uint8Array): string[];
}

export function createEventStreamParser(): EventStreamParser {
	const decoder = new TextDecoder();
	/** The line that has not ended yet, in pieces: an endless one is joined once, not once for every chunk. */
	let line: string[] = [];
	let data: string | null = null;
	let endedWithCr = false;

	function take(text: string, events: string[]): void {
		if (text === "") {
			if (data !== null) events.push(data);
			data = null;
		} else if (text.startsWith("data:") || text === "data") {
			const value = text.slice(text.charCodeAt(5) === 0x20 ? 6 : 5);
			data = data === null ? value : `${data}\n${value}`;
		}
	}

	return {
		push(chunk) {
			const events: string[] = [];
			const text = decoder.decode(chunk, { stream: true });
			// A CR that ended the chunk before ended its line; the LF of the same pair ends no other.
			let from = endedWithCr && text.startsWith("\n") ? 1 : 0;
			if (text !== "") endedWithCr = text.endsWith("\r");
			for (let end = findLineEnd(text, from); end >= 0; end = findLineEnd(text, from)) {
				line.push(text.slice(from, end));
				take(line.length === 1 ? (line[0] ?? "") : line.join(""), events);
				line = [];
				from = text.startsWith("\r\n", end) ? end + 2 : end + 1;
			}
			if (from < text.length) line.push(text.slice(from));
			return events;
		},
	};
}

function findLineEnd(text: string, from: number): number {
	const lf = text.indexOf("\n", from);
	const cr = text.indexOf("\r", from);
	return cr < 0 || (lf >= 0 && lf < cr) ? lf : cr;
}
