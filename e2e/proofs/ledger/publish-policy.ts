import * as z from "zod";
import { mutate } from "../kit/clients/api-calls.ts";
import type { StagePerson } from "../kit/stage/accounts.ts";
import type { Stage } from "../kit/stage/stage.ts";

/**
 * At its dial `autoQuestions` have answers of small models, drafts and answers of strong models. A draft that the judge says nothing about is
 * accepted, so that some are and those that break are not.
 */
const policy = {
	small: ["odd", "spare"],
	strong: ["thinker", "long"],
	dial: 1,
	judge: { model: "spare", onSilence: "accept" },
	shadow: { share: 0.2, judge: "odd", usdPerDay: "1000" },
};

/** Short questions, from those that a small model answers to those that a strong one does. */
export const autoQuestions = [
	"Write a short poem about the sea.",
	"Name three fruits.",
	"How do I boil an egg?",
	"Who wrote Hamlet?",
	"Prove that the square root of 2 is irrational.",
] as const;

/** Puts a policy of Auto in force that makes calls of every purpose. @throws when it is refused. */
export async function publishPolicy({ balancer }: Stage, { headers }: StagePerson): Promise<void> {
	const post = async (path: string, input: object) => {
		const { data, code } = await mutate(balancer.url, { path: `admin.routing.${path}`, input, headers });
		if (code !== null) throw new Error(`admin.routing.${path}: ${code}`);
		return data;
	};
	const { version } = z.object({ version: z.number() }).parse(await post("draft", { policy }));
	await post("publish", { version });
}
