const time = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" } as const;

/** `10:42:15` in the person's zone. */
export const toTimeWords = (instant: string): string =>
	new Intl.DateTimeFormat("en", time).format(new Date(instant));

/** `Nov 24, 10:42:15` in the person's zone. */
export const toInstantWords = (instant: string): string =>
	new Intl.DateTimeFormat("en", { ...time, month: "short", day: "numeric" }).format(new Date(instant));
