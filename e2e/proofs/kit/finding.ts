/** What became of one promise in one run. */
export interface Finding {
	readonly id: string;
	readonly promise: string;
	/** How many cases were examined. A promise with none is unproven, which counts as a failure. */
	readonly checked: number;
	readonly violations: readonly string[];
}

/** Examines every item; `complain` says what is wrong with one, or null. */
export function examine<Item>(
	[id, promise]: readonly [id: string, promise: string],
	items: readonly Item[],
	complain: (item: Item) => string | null,
): Finding {
	return { id, promise, checked: items.length, violations: items.flatMap((item) => complain(item) ?? []) };
}

/** The promises that were broken. */
export const toBroken = (findings: readonly Finding[]): string[] =>
	findings.flatMap(({ promise, violations }) => (violations.length > 0 ? [promise] : []));
