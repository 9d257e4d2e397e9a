import { ProviderError } from "../provider-error.ts";
import type { WireEvent } from "../wire.ts";
import { isEndMark } from "./body-events.ts";

/**
 * Parses the data of one event. Skips words, numbers and empty lists, which some servers send as heartbeats. Text that begins like an
 * object or a list but is no JSON was part of an answer, and that part is lost: this is an error.
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
