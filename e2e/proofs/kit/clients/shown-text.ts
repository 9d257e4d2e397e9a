import type { TurnEvent } from "../../../../server/contract/turn.ts";

/** The text that events, in order, make a person read; written for the proofs, so that they do not share the product's own fold. */
export function toShownText(events: Iterable<TurnEvent>): string {
	let text = "";
	for (const event of events) {
		if (event.type === "text-delta") text += event.text;
		else if (event.type === "text-reset") text = event.text;
	}
	return text;
}
