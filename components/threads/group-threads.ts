export type DateGroup =
	| { readonly kind: "today" | "yesterday" | "week" | "month" }
	| { readonly kind: "year-month"; readonly at: Date };

interface Dated {
	readonly activeAt: string;
}

/**
 * Groups threads (newest first) by calendar days of the reader's zone: today, yesterday, the seven and thirty days
 * before, then month by month.
 */
export function groupThreads<Thread extends Dated>(
	threads: readonly Thread[],
	now: Date,
): { key: string; group: DateGroup; threads: Thread[] }[] {
	const groups: { key: string; group: DateGroup; threads: Thread[] }[] = [];
	for (const thread of threads) {
		const group = toGroup(new Date(thread.activeAt), now);
		const key = group.kind === "year-month" ? `${group.at.getFullYear()}-${group.at.getMonth()}` : group.kind;
		const known = groups.find((candidate) => candidate.key === key);
		if (known) known.threads.push(thread);
		else groups.push({ key, group, threads: [thread] });
	}
	return groups;
}

function toGroup(at: Date, now: Date): DateGroup {
	const days = toDayNumber(now) - toDayNumber(at);
	if (days <= 0) return { kind: "today" };
	if (days === 1) return { kind: "yesterday" };
	if (days <= 7) return { kind: "week" };
	if (days <= 30) return { kind: "month" };
	return { kind: "year-month", at: new Date(at.getFullYear(), at.getMonth(), 1) };
}

/** Calendar days, counted without daylight-saving surprises. */
function toDayNumber(at: Date): number {
	return Date.UTC(at.getFullYear(), at.getMonth(), at.getDate()) / 86_400_000;
}
