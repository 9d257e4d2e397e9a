/**
 * Serves a stream of questions from an empty semantic cache, by its own code: `npm run -s eval:cache-stream`. Reads JSON lines
 * `{"op":"lookup", id, text}`, each answered by `{"id", "hit"}`: the id of the entry whose answer is served, or null; `{"op":"store", id, text}`
 * and `{"op":"label", id, label}` have no answer. All of it is in the memory of this process. Exit code 2 for a line that is none.
 */
import * as z from "zod";
import { createEntries, createModel, readQuestion } from "../../server/cache/index.ts";
import weights from "../../server/cache/model/weights.json" with { type: "json" };
import { createQuestionEmbedder } from "./embed-questions.ts";
import { answerLines } from "./lines.ts";

const id = z.union([z.string(), z.number()]);
const line = z.discriminatedUnion("op", [
	z.object({ op: z.literal("lookup"), id, text: z.string() }),
	z.object({ op: z.literal("store"), id, text: z.string() }),
	z.object({ op: z.literal("label"), id, label: z.unknown() }),
]);

const embed = createQuestionEmbedder();
const entries = createEntries(createModel(weights));
/** Entries are found by a string; the stream may have numbers. */
const ids = new Map<string, string | number>();
/** A question that was not found is stored next: its vector is there. */
let last: { readonly text: string; readonly vector: Float32Array | null } | null = null;

async function toVector(text: string): Promise<Float32Array | null> {
	if (last?.text !== text) {
		const [vector] = readQuestion(text).isEnglish ? await embed([text]) : [];
		last = { text, vector: vector ?? null };
	}
	return last.vector;
}

await answerLines(async (input) => {
	const next = line.parse(input);
	if (next.op === "label") return undefined;
	const vector = await toVector(next.text);
	if (next.op === "store") {
		ids.set(String(next.id), next.id);
		entries.add(String(next.id), next.text, vector);
		return undefined;
	}
	const found = entries.find(next.text, vector);
	const hit = found?.decision.zone === "serve" ? (ids.get(found.id) ?? null) : null;
	return { id: next.id, hit };
});
