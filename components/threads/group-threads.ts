export type DateGroup =
	| { readonly kind: "today" | "yesterday" | "week" | "month" }
	| { readonly kind: "year-month"; readonly year: number; readonly month: number };

/** Whose days count: the reader's own, or everybody's while the reader's zone is not known (in the server's HTML). */
export type Zone = "local" | "utc";

interface Dated {
	readonly activeAt: string;
}

interface Day {
	readonly year: number;
	/** From 0, as `Date` has it. */
	readonly month: number;
	readonly day: number;
}

/**
 * Groups threads (newest first) by calendar days: today, yesterday, the seven and thirty days before, then month by
 * month.
 */
export function groupThreads<Thread extends Dated>(
	threads: readonly Thread[],
	clock: { readonly now: Date; readonly zone: Zone },
): { key: string; group: DateGroup; threads: Thread[] }[] {
	const today = toDay(clock.now, clock.zone);
	const groups: { key: string; group: DateGroup; threads: Thread[] }[] = [];
	for (const thread of threads) {
		const group = toGroup(toDay(new Date(thread.activeAt), clock.zone), today);
		const key = group.kind === "year-month" ? `${group.year}-${group.month}` : group.kind;
		const known = groups.find((candidate) => candidate.key === key);
		if (known) known.threads.push(thread);
		else groups.push({ key, group, threads: [thread] });
	}
	return groups;
}

function toGroup(day: Day, today: Day): DateGroup {
	const days = toDayNumber(today) - toDayNumber(day);
	if (days <= 0) return { kind: "today" };
	if (days === 1) return { kind: "yesterday" };
	if (days <= 7) return { kind: "week" };
	if (days <= 30) return { kind: "month" };
	return { kind: "year-month", year: day.year, month: day.month };
}

function toDay(at: Date, zone: Zone): Day {
	return zone === "utc"
		? { year: at.getUTCFullYear(), month: at.getUTCMonth(), day: at.getUTCDate() }
		: { year: at.getFullYear(), month: at.getMonth(), day: at.getDate() };
}

/** Calendar days, counted without daylight-saving surprises. */
function toDayNumber({ year, month, day }: Day): number {
	return Date.UTC(year, month, day) / 86_400_000;
}
