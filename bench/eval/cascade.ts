/**
 * Runs the cascade over recorded answers, with the router, the judge and the policy of the server: `npm run eval:cascade -- --data DIR`. DIR has
 * `routing/alpaca.SPLIT.jsonl` (judged answers), `replay/alpaca.SPLIT.jsonl` (their texts) and `prices/replay_prices.json`; `--split dev`,
 * `--small MODEL` and `--strong MODEL` choose others. Prints what each setting of the dial costs in US dollars and keeps of the strong model's
 * quality, and beside it the best single model, the same with all of its input in a warm cache (`--cached-input 0.1` of its price), and other ways
 * to choose. No model is called. Exit code 2 when something cannot be read.
 */
import { parseArgs } from "node:util";
import { judgeAnswer } from "../../server/cascade/judge/judge-answer.ts";
import { dialMax } from "../../server/cascade/policy/policy.ts";
import { toBar, toBarAt } from "../../server/cascade/road.ts";
import { createRouter } from "../../server/cascade/router/router.ts";
import weights from "../../server/cascade/router/weights.json" with { type: "json" };
import { readRecorded, toItems } from "./cascade/recorded.ts";
import { printDial, printSingles, printWays } from "./cascade/report.ts";

const { values } = parseArgs({
	options: {
		data: { type: "string" },
		split: { type: "string", default: "dev" },
		small: { type: "string", default: "FuseChat-Llama-3.2-1B-Instruct" },
		strong: { type: "string", default: "gpt4_1106_preview" },
		"cached-input": { type: "string", default: "0.1" },
	},
});

try {
	if (values.data === undefined) throw new Error("npm run eval:cascade -- --data DIR [--split SPLIT]");
	const recorded = readRecorded(values.data, values.split);
	const router = createRouter(weights);
	const items = toItems(recorded, values.small, values.strong).map((item) => {
		const { score } = router.assess(item.prompt);
		return { ...item, score, judged: judgeAnswer(item.prompt, item.answer, score).score };
	});
	const bars = Array.from({ length: dialMax + 1 }, (_, dial) => ({
		dial,
		bar: toBar(dial, router.toThreshold),
	}));
	process.stdout.write(`${values.small} -> ${values.strong}, ${items.length} requests\n\n`);
	printDial(items, bars);
	printWays(items, toBarAt);
	printSingles(recorded, items, { toBar: toBarAt, cachedInput: Number(values["cached-input"]) });
} catch (error) {
	process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
	process.exitCode = 2;
}
