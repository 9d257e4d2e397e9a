import { createJsonSplitter, type JsonSplitter } from "./json-splitter.ts";
import { createLineReader } from "./line-reader.ts";

/**
 * Reads the events of a response body: the data of server-sent events (WHATWG HTML, 9.2), or JSON sent instead of events. It ignores
 * the content type, because servers send either under any. It accepts more than the standard:
 *
 * - The last event needs no blank line, and several JSON objects without blank lines between them are separate events.
 * - JSON without `data:` is read: whole, over several lines, one object per line, or as an array of objects.
 * - `event: error` turns the data into an error if it is not one already.
 */
export interface BodyEvents {
	/** The events that end in this chunk, without empty ones. Chunks may be cut anywhere. */
	push(chunk: Uint8Array): string[];
	/** The last events, at the end of the body. */
	end(): string[];
}

/** OpenAI's last event is `[DONE]`; some servers send it with a space, in lower case or without brackets. */
export const isEndMark = (data: string): boolean =>
	data === "[DONE]" || (data.length < 20 && /^\s*(\[done\]|done)\s*$/i.test(data));

export function createBodyEvents(): BodyEvents {
	const lines = createLineReader();
	const assembly = createAssembly();
	return {
		push(chunk) {
			const events: string[] = [];
			for (const line of lines.push(chunk)) assembly.take(line, events);
			return events;
		},
		end() {
			const events: string[] = [];
			for (const line of lines.end()) assembly.take(line, events);
			assembly.end(events);
			return events;
		},
	};
}

const space = 0x20;
/** As servers write it, beside `data:`. */
const dataField = /^\s*data\s*:/i;
const otherField = /^(:|id:|retry:|(data|event|id|retry)$)/;

/** Assembles events from lines. */
function createAssembly() {
	/** The data of an event with one `data:` line, as nearly all have. */
	let data: string | null = null;
	/** Used from the second `data:` line of an event on, and for JSON without `data:`. */
	let json: JsonSplitter | null = null;
	/** The JSON began without `data:`, so blank lines do not end it. */
	let isBare = false;
	let isError = false;

	const add = (value: string, events: string[]) => {
		if (value.trim() !== "") events.push(isError ? toErrorEvent(value) : value);
	};
	const endEvent = (events: string[]) => {
		if (data !== null) add(data, events);
		else if (json?.isInside) add(json.rest(), events);
		data = null;
		json = null;
		isBare = false;
		isError = false;
	};
	const addJson = (text: string, events: string[]) => {
		json ??= createJsonSplitter();
		for (const value of json.push(text)) add(value, events);
	};
	/** A second `data:` line continues the JSON object of the first, unless that one is complete. */
	const addData = (value: string, events: string[]) => {
		if (data === null && json === null) {
			data = value;
			return;
		}
		if (data !== null) {
			if (isEndMark(data)) add(data, events);
			else addJson(data, events);
			data = null;
		}
		if (!json?.isInside && isEndMark(value)) add(value, events);
		else addJson(`\n${value}`, events);
	};
	const addBare = (line: string, events: string[]) => {
		if (isEndMark(line)) add(line, events);
		if (!/^\s*[[{]/.test(line)) return;
		addJson(line, events);
		isBare = json?.isInside ?? false;
		if (!isBare) json = null;
	};

	return {
		take(line: string, events: string[]) {
			const name = line.startsWith("data:") ? "data:" : dataField.exec(line)?.[0];
			if (name !== undefined) {
				// No line of JSON begins like this, so the JSON that began without `data:` has broken off.
				if (isBare) endEvent(events);
				const from = name.length;
				addData(line.slice(line.charCodeAt(from) === space ? from + 1 : from), events);
			} else if (isBare) {
				addJson(`\n${line}`, events);
				if (!json?.isInside) endEvent(events);
			} else if (line === "") endEvent(events);
			else if (line.startsWith("event:")) isError = line.slice(6).trim() === "error";
			else if (otherField.test(line)) return;
			else if (data !== null || json !== null) addData(line, events);
			else addBare(line, events);
		},
		end: endEvent,
	};
}

/** Wraps the data of an `event: error` in an `error` field, unless it has one. */
function toErrorEvent(data: string): string {
	let error: unknown = data;
	try {
		error = JSON.parse(data);
	} catch {
		// The data is plain text.
	}
	const saysSo = typeof error === "object" && error !== null && "error" in error && error.error;
	return saysSo ? data : JSON.stringify({ error });
}
