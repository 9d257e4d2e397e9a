/** How full a conversation makes what the model reads at once. */
export interface Meter {
	/** Whole percent, rounded down; may be above 100. */
	readonly percent: number;
	readonly level: "calm" | "near" | "full";
}

/** From these shares on the meter is shown, is amber, and is red. */
const shownFrom = 50;
const nearFrom = 70;
const fullFrom = 90;

/** Null while the conversation has plenty of room, and where the room is not known. */
export function toMeter(tokens: number, budget: number): Meter | null {
	if (!(budget > 0)) return null;
	const percent = Math.floor((tokens * 100) / budget);
	if (percent < shownFrom) return null;
	return { percent, level: percent >= fullFrom ? "full" : percent >= nearFrom ? "near" : "calm" };
}
