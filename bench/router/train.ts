/**
 * Trains the router: `npm run train:router -- --data DIR`, a folder with `mmlu`, `gsm8k`, `routerbench`, `mixed`, `alpaca` and
 * `flask_difficulty` as `.dev.jsonl`. Writes the weights that the server uses (`--out FILE` for another place); the same data gives the
 * same bytes. `--scores FILE` also writes `{"id", "score"}` of every row by weights that were fitted without it (five folds).
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { readPrompt } from "../../server/cascade/router/read-prompt.ts";
import { toGain } from "../../server/cascade/router/score-prompt.ts";
import { calibrate, toQuantiles, toScore } from "./calibrate.ts";
import { fitWeights } from "./fit-weights.ts";
import { type Row, readRows, toFold } from "./rows.ts";
import { toFile } from "./to-file.ts";

const folds = 5;

const { values } = parseArgs({
	options: {
		data: { type: "string" },
		out: {
			type: "string",
			default: fileURLToPath(new URL("../../server/cascade/router/weights.json", import.meta.url)),
		},
		scores: { type: "string" },
	},
});
if (values.data === undefined) {
	process.stderr.write("npm run train:router -- --data DIR [--out FILE] [--scores FILE]\n");
	process.exit(2);
}

const { rows, stream } = readRows(values.data);
const gains = toGainsLeftOut(rows);
const judged = rows.flatMap(({ id, judged }) => (judged ? [{ id, gain: gains.get(id) ?? 0, judged }] : []));
const calibration = calibrate(judged.map(({ gain, judged }) => ({ gain, isGood: judged.gain <= 0 })));
const scores = judged.map(({ id, gain }) => ({ id, score: toScore(calibration, gain) }));
const quantiles = toQuantiles(scores.filter(({ id }) => stream.has(id)).map(({ score }) => score));

writeFileSync(values.out, toFile({ ...fitWeights(rows), calibration, quantiles }));
if (values.scores !== undefined)
	writeFileSync(values.scores, scores.map((each) => `${JSON.stringify(each)}\n`).join(""));

/** What each judged row gains by weights that were fitted without its part of the rows. */
function toGainsLeftOut(all: readonly Row[]): Map<string, number> {
	const found = new Map<string, number>();
	for (let fold = 0; fold < folds; fold++) {
		process.stderr.write(`Fold ${fold + 1} of ${folds}.\n`);
		const weights = fitWeights(all.filter((row) => toFold(row, folds) !== fold));
		for (const row of all)
			if (row.judged && toFold(row, folds) === fold)
				found.set(row.id, toGain(weights, readPrompt(row.prompt)).gain);
	}
	return found;
}
