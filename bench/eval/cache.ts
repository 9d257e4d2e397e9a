/**
 * Decides for pairs of questions whether the answer to one serves the other, by the code of the semantic cache: `npm run -s eval:cache`. Reads
 * `{"id", "a", "b"}` as JSON lines (a is stored, b is asked) and writes `{"id", "sim", "hit", "reason"}`: `sim` from 0 to 1, `hit` for the zone
 * "serve" alone. Whether a question may be looked up at all is another decision, which `--self-contained` makes as well: then no
 * personal, time-bound, tool or mid-conversation question hits. Exit code 2 for a line that is none.
 */
import { parseArgs } from "node:util";
import * as z from "zod";
import { createModel, decide, findDependence, readQuestion } from "../../server/cache/index.ts";
import weights from "../../server/cache/model/weights.json" with { type: "json" };
import { createQuestionEmbedder } from "./embed-questions.ts";
import { answerLines } from "./lines.ts";

const line = z.object({ id: z.union([z.string(), z.number()]), a: z.string(), b: z.string() });

const { values } = parseArgs({ options: { "self-contained": { type: "boolean", default: false } } });
const model = createModel(weights);
const embed = createQuestionEmbedder();

await answerLines(async (input) => {
	const { id, a, b } = line.parse(input);
	const dependence = values["self-contained"] ? (findDependence(a) ?? findDependence(b)) : null;
	if (dependence !== null) return { id, sim: 0, hit: false, reason: dependence };
	const [stored, asked] = [readQuestion(a), readQuestion(b)];
	const byWords = decide(stored, asked, null, model);
	const { zone, similarity, reason } =
		byWords.reason === "no vector" ? decide(stored, asked, toCosine(await embed([a, b])), model) : byWords;
	return { id, sim: similarity, hit: zone === "serve", reason };
});

function toCosine([one, other]: readonly (Float32Array | null | undefined)[]): number | null {
	if (!one || !other) return null;
	const dot = (left: Float32Array, right: Float32Array) =>
		left.reduce((sum, value, at) => sum + value * (right[at] ?? 0), 0);
	return dot(one, other) / Math.sqrt(dot(one, one) * dot(other, other) || 1);
}
