/** The person's own zone. */
export const ownTimeZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

/** `Wed, Nov 25 at 02:00 GMT+1`: exact, in the person's zone. */
export function toResetWords(resetsAt: string, timeZone = ownTimeZone()): string {
	const instant = new Date(resetsAt);
	const time = new Intl.DateTimeFormat("en", {
		timeZone,
		hour: "2-digit",
		minute: "2-digit",
		hourCycle: "h23",
		timeZoneName: "short",
	});
	const day = new Intl.DateTimeFormat("en", { timeZone, weekday: "short", month: "short", day: "numeric" });
	return `${day.format(instant)} at ${time.format(instant)}`;
}

/** The month that runs in a zone, `2026-11`. */
export function toMonth(now: Date, timeZone: string): string {
	const parts = new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit" });
	return parts.format(now).slice(0, 7);
}

/** A month and those before it, the newest first. */
export function toMonthsBefore(month: string, count: number): string[] {
	const [year = 0, number = 1] = month.split("-").map(Number);
	return Array.from({ length: count }, (_, back) =>
		new Date(Date.UTC(year, number - 1 - back, 1)).toISOString().slice(0, 7),
	);
}

export function toMonthName(month: string): string {
	const format = new Intl.DateTimeFormat("en", { timeZone: "UTC", month: "long", year: "numeric" });
	return format.format(new Date(`${month}-01T00:00:00Z`));
}

/** Every day of a month, `2026-11-01` and on. */
export function toDays(month: string): string[] {
	const [year = 0, number = 1] = month.split("-").map(Number);
	const count = new Date(Date.UTC(year, number, 0)).getUTCDate();
	return Array.from({ length: count }, (_, index) => `${month}-${String(index + 1).padStart(2, "0")}`);
}

export function toDayName(day: string): string {
	const format = new Intl.DateTimeFormat("en", {
		timeZone: "UTC",
		weekday: "short",
		month: "short",
		day: "numeric",
	});
	return format.format(new Date(`${day}T00:00:00Z`));
}

const time = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" } as const;

/** `10:42:15` in the person's zone. */
export const toTimeWords = (instant: string): string =>
	new Intl.DateTimeFormat("en", time).format(new Date(instant));

/** `Nov 24, 10:42:15` in the person's zone. */
export const toInstantWords = (instant: string): string =>
	new Intl.DateTimeFormat("en", { ...time, month: "short", day: "numeric" }).format(new Date(instant));
