/**
 * What threads cost as they are replayed, by the code that serves turns: `npm run eval:context-cost -- FILE...`. Each line of a file is a
 * conversation `{id, turns: [{speaker, text, tokens}], questions?: [{question, evidence: [turn ids]}]}`. Before each message of the person who
 * speaks first comes a pause that leaves the provider's cache warm or not; after the last message every question is asked once. Prints the cost of what is
 * sent, in US dollars, for four ways to send it, and whether the evidence of the questions was sent. No model is called. Exit code 1 when a
 * goal is missed, 2 without a file.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { type CostRow, compare } from "./replay/compare.ts";
import { parseThread } from "./replay/thread.ts";

const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: { model: { type: "string", multiple: true, default: ["claude-sonnet-4-6", "gpt-5.2"] } },
});
if (positionals.length === 0) {
	process.stderr.write("Name at least one file of conversations.\n");
	process.exit(2);
}

const warmShares = [0, 0.5, 0.7, 0.9, 1];
const usd = (each: number) => each.toFixed(4).padStart(11);
function toMs(planMs: readonly number[]): string {
	const sorted = planMs.toSorted((a, b) => a - b);
	const at = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(2);
	return `${at(0.5)}, ${at(0.95)}`;
}
const isGood = ({ warm, auto, full, fresh }: CostRow) =>
	warm === 1 ? auto <= 1.05 * full : auto <= Math.min(full, fresh);

let missed = 0;
for (const file of positionals) {
	const threads = readFileSync(file, "utf8").split("\n").filter(Boolean).map(parseThread);
	for (const model of values.model) {
		process.stdout.write(
			`\n${file}, ${model}\nwarm turns   uncached  cached full  20 % each         auto  evidence  plan p50, p95 ms  goal\n`,
		);
		for (const warm of warmShares) {
			const row = await compare(threads, { modelId: model, warm });
			const goal = isGood(row) ? "reached" : "missed";
			if (goal === "missed") missed++;
			const evidence = row.asked === 0 ? "-" : `${((100 * row.found) / row.asked).toFixed(1)} %`;
			process.stdout.write(
				`${`${100 * warm} %`.padEnd(10)}${usd(row.uncached)}${usd(row.full).padStart(13)}${usd(row.fresh)}${usd(row.auto).padStart(13)}${evidence.padStart(10)}${toMs(row.planMs).padStart(18)}  ${goal}\n`,
			);
		}
	}
}
if (missed > 0) process.exitCode = 1;
