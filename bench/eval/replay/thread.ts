import * as z from "zod";

/** A recorded conversation, with questions whose evidence is known. */
export type Thread = z.infer<typeof thread>;

const thread = z.object({
	id: z.coerce.string(),
	turns: z
		.array(
			z.object({
				id: z.coerce.string(),
				speaker: z.string(),
				date: z.string().nullish(),
				text: z.string(),
				tokens: z.number().int().nonnegative(),
			}),
		)
		.min(1),
	questions: z.array(z.object({ question: z.string(), evidence: z.array(z.coerce.string()) })).default([]),
});

export const parseThread = (line: string): Thread => thread.parse(JSON.parse(line));
