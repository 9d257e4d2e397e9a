import { ProviderError } from "../provider-error.ts";
import type { WireEvent } from "../wire.ts";
import { isEndMark } from "./body-events.ts";
import { createJsonSplitter } from "./json-splitter.ts";
import { repairJson } from "./repair-json.ts";

interface EventSink {
	take(event: WireEvent): void;
	/** The end mark. */
	end(): void;
}

/**
 * Parses the data of one event. Skips words, numbers and empty lists, which some servers send as heartbeats. Reads several objects
 * without an end between them, an object that is encoded twice, and what is nearly JSON. Other text that begins like an object or a
 * list was part of an answer, and that part is lost: this is an error.
 *
 * @throws ProviderError `parse`
 */
export function toEvents(data: string, sink: EventSink): void {
	if (isEndMark(data)) {
		sink.end();
		return;
	}
	let value: unknown;
	try {
		value = JSON.parse(data);
	} catch (cause) {
		takeUnparsed(data, sink, cause);
		return;
	}
	takeValue(value, sink);
}

function takeValue(value: unknown, sink: EventSink): void {
	if (Array.isArray(value)) for (const one of value) takeObject(one, sink);
	else if (typeof value !== "string") takeObject(value, sink);
	else if (isEndMark(value) || /^\s*[{[]/.test(value)) toEvents(value, sink);
}

const fieldName = /^(?:\s*data\s*:)+/i;

function takeUnparsed(data: string, sink: EventSink, cause: unknown): void {
	if (fieldName.test(data)) {
		toEvents(data.replace(fieldName, ""), sink);
		return;
	}
	if (!/^\s*[{[]/.test(data)) return;
	const objects = createJsonSplitter();
	const found = objects.push(data).map((text) => parseRepaired(text));
	if (found.length === 0 || objects.isInside || found.includes(undefined)) {
		const message = "The provider sent something that is no part of an answer.";
		throw new ProviderError("parse", message, { body: data, cause });
	}
	for (const value of found) takeValue(value, sink);
	if (isEndMark(data.slice(data.lastIndexOf("}") + 1).replace(fieldName, ""))) sink.end();
}

function parseRepaired(text: string): unknown {
	try {
		return JSON.parse(repairJson(text));
	} catch {
		return undefined;
	}
}

function takeObject(value: unknown, { take }: EventSink): void {
	// As: it is an object, and every field of it is unknown.
	if (typeof value === "object" && value !== null) take(unwrap(value as WireEvent));
}

const isPartOfAnswer = (value: unknown): value is WireEvent =>
	typeof value === "object" &&
	value !== null &&
	["choices", "candidates", "error", "usage"].some((name) => name in value);

/** Gateways put the event of their provider below a field of their own. */
function unwrap(event: WireEvent): WireEvent {
	if (event.choices !== undefined || event.candidates !== undefined || event.type !== undefined) return event;
	const inner = [event.data, event.result, event.response, event.output].find(isPartOfAnswer);
	return inner ? { ...event, ...inner } : event;
}
