import * as z from "zod";

/** The lines of the instances' logger (pino): 40 is a warning, 50 an error. */
const line = z.object({
	level: z.number().min(40),
	msg: z.string().default(""),
	err: z
		.object({ message: z.string().default(""), code: z.unknown(), stack: z.string().default("") })
		.optional(),
});

/** The warnings and errors in the servers' output with their counts, the most frequent first: a hint, not a broken promise. */
export function toWarnings(outputs: readonly string[]): string[] {
	const counts = new Map<string, number>();
	for (const text of outputs.flatMap((output) => output.split("\n"))) {
		const warning = toWarning(text);
		if (warning !== null) counts.set(warning, (counts.get(warning) ?? 0) + 1);
	}
	return Array.from(counts)
		.toSorted(([, a], [, b]) => b - a)
		.map(([warning, count]) => `${count} x ${warning}`);
}

function toWarning(text: string): string | null {
	if (!text.startsWith("{")) return null;
	try {
		const { msg, err } = line.parse(JSON.parse(text));
		const reason = typeof err?.code === "string" ? err.code : err?.message.slice(0, 80);
		const place = /server\/[^\s)]+/.exec(err?.stack ?? "")?.[0];
		return [msg, ...(reason ? [`(${reason})`] : []), ...(place ? [`at ${place}`] : [])].join(" ");
	} catch {
		return null;
	}
}
