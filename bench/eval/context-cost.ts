/**
 * What threads cost as they are replayed, by the code that serves turns: `npm run eval:context-cost -- FILE...`. Each line of a file is a
 * conversation `{id, turns: [{speaker, text, tokens}], questions?: [{question, evidence: [turn ids]}]}`. Before each message of the person who
 * speaks first comes a pause that leaves the provider's cache warm or not; after the last message every question is asked once. Prints the cost of what is
 * sent, in US dollars, for four ways to send it, and for how many questions all of the evidence was sent, by `auto` and by a fifth that is
 * chosen each time. No model is called. Exit code 1 when a goal is missed (`replay/goal.ts`: the cost, or the evidence), 2 without a file.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { compare } from "./replay/compare.ts";
import { findMissed } from "./replay/goal.ts";
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
function toPercent(found: number, asked: number): string {
	return asked === 0 ? "-" : `${((100 * found) / asked).toFixed(1)} %`;
}

let missed = 0;
for (const file of positionals) {
	const threads = readFileSync(file, "utf8").split("\n").filter(Boolean).map(parseThread);
	for (const model of values.model) {
		process.stdout.write(
			`\n${file}, ${model}\nwarm turns   uncached  cached full  20 % each         auto  evidence of 20 %  of auto  plan p50, p95 ms  goal\n`,
		);
		for (const warm of warmShares) {
			const row = await compare(threads, { modelId: model, warm });
			const goals = findMissed(row);
			missed += goals.length;
			const goal = goals.length === 0 ? "reached" : `missed: ${goals.join(", ")}`;
			const [fresh, auto] = [toPercent(row.foundFresh, row.asked), toPercent(row.found, row.asked)];
			process.stdout.write(
				`${`${100 * warm} %`.padEnd(10)}${usd(row.uncached)}${usd(row.full).padStart(13)}${usd(row.fresh)}${usd(row.auto).padStart(13)}${fresh.padStart(18)}${auto.padStart(9)}${toMs(row.planMs).padStart(18)}  ${goal}\n`,
			);
		}
	}
}
if (missed > 0) process.exitCode = 1;
