import { ProviderError } from "../provider-error.ts";
import type { WireEvent } from "../wire.ts";
import { isEndMark } from "./body-events.ts";

/**
 * Parses the data of one event. Words, numbers and empty objects are no part of an answer, as heartbeats send them, and are
 * skipped; what begins as an object or a list and is none was a part of one, which is lost.
 *
 * @throws ProviderError `parse`
 */
export function toEvents(data: string, { take, end }: { take(event: WireEvent): void; end(): void }): void {
	if (isEndMark(data)) {
		end();
		return;
	}
	let value: unknown;
	try {
		value = JSON.parse(data);
	} catch (cause) {
		if (!/^\s*[{[]/.test(data)) return;
		const message = "The provider sent something that is no part of an answer.";
		throw new ProviderError("parse", message, { body: data, cause });
	}
	if (Array.isArray(value)) for (const one of value) takeObject(one, take);
	else takeObject(value, take);
}

function takeObject(value: unknown, take: (event: WireEvent) => void): void {
	// As: it is an object, and every field of it is unknown.
	if (typeof value === "object" && value !== null) take(value as WireEvent);
}
