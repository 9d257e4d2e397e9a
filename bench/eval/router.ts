/**
 * Scores prompts by the router that serves turns, with the weights that it serves them with: `npm run -s eval:router`. Reads
 * `{"id", "prompt", "history"?}` as JSON lines and writes `{"id", "score"}`: the chance that a small model's answer is not good enough, from
 * 0 to 1; higher means that a strong model is needed. `history` is what was said before, oldest first: texts of the person or messages
 * `{"role", "content"}`, of which only the person's are read. Exit code 2 for a line that is none.
 */
import * as z from "zod";
import { createRouter } from "../../server/cascade/router/router.ts";
import weights from "../../server/cascade/router/weights.json" with { type: "json" };
import { answerLines } from "./lines.ts";

const part = z.object({ text: z.string().optional() });
const message = z.object({ role: z.string(), content: z.union([z.string(), z.array(part)]) });
const line = z.object({
	id: z.union([z.string(), z.number()]),
	prompt: z.string(),
	history: z.array(z.union([z.string(), message])).nullish(),
});

const router = createRouter(weights);

await answerLines(async (input) => {
	const { id, prompt, history } = line.parse(input);
	const earlier = (history ?? []).flatMap((said) => {
		if (typeof said === "string") return [said];
		if (said.role !== "user") return [];
		const { content } = said;
		return [typeof content === "string" ? content : content.map(({ text }) => text ?? "").join("\n")];
	});
	return { id, score: router.assess(prompt, earlier).score };
});
