/**
 * Judges answers of a small model by the checks that a cascade makes before it shows one: `npm run -s eval:judge`. Reads
 * `{"id", "prompt", "answer"}` as JSON lines and writes `{"id", "score"}`: the chance that the answer is not good enough, from 0 to 1; higher
 * means that a strong model should answer. The router's score of the prompt is where it starts. Exit code 2 for a line that is none.
 */
import * as z from "zod";
import { judgeAnswer } from "../../server/cascade/judge/judge-answer.ts";
import { createRouter } from "../../server/cascade/router/router.ts";
import weights from "../../server/cascade/router/weights.json" with { type: "json" };
import { answerLines } from "./lines.ts";

const line = z.object({ id: z.union([z.string(), z.number()]), prompt: z.string(), answer: z.string() });

const router = createRouter(weights);

await answerLines(async (input) => {
	const { id, prompt, answer } = line.parse(input);
	return { id, score: judgeAnswer(prompt, answer, router.assess(prompt).score).score };
});
