/**
 * Counts tokens by the code that bills stopped answers: `npm run -s eval:tokens`. Reads `{"id", "text", "model"}` as JSON lines and writes
 * `{"id", "tokens"}`: exact for OpenAI's models, an estimate for Claude. Exit code 2 for a line that is none.
 */
import * as z from "zod";
import {
	countTextTokens,
	toInputTokens,
	toOutputTokens,
	toTokenProfile,
} from "../../server/context/index.ts";
import { answerLines } from "./lines.ts";

const line = z.object({ id: z.string(), text: z.string(), model: z.string() });

await answerLines(async (input) => {
	const { id, text, model } = line.parse(input);
	const profile = toTokenProfile(model);
	const tokens = await countTextTokens(text, profile.encoding);
	if (profile.factor === 1) return { id, tokens };
	// The line does not say whether the text was sent or received, and they differ in what is billed beside it. Answers are the shorter
	// texts, where the difference weighs more.
	const [sent, received] = [toInputTokens(profile, [tokens]), toOutputTokens(profile, tokens)];
	return { id, tokens: Math.round((sent + 2 * received) / 3) };
});
