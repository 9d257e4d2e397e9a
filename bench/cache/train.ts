/**
 * Trains the model of the semantic cache: `npm run train:cache -- --data DIR`, a folder with `qqp`, `guard`, `clinc150` and `banking77` as
 * `.dev.jsonl`. Writes the weights that decide (`--out FILE` for another place); the same data gives the same bytes. Prints what weights that
 * were fitted without a fifth of the rows make of that fifth, at the threshold that is set by it. `--vectors FILE` keeps the vectors of
 * the texts, which take minutes, for the next run.
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { toRarity } from "../../server/cache/model/model.ts";
import { bucketCount } from "../../server/cache/model/terms.ts";
import { fitWeights, scoreRow } from "./fit-weights.ts";
import { chooseThreshold, measure } from "./measure.ts";
import { countRarity, folds, type Row, readData, toRows } from "./rows.ts";
import { toFile } from "./to-file.ts";
import { makeVectors } from "./vectors.ts";

/** What is judged in the background has at least this chance. */
const grey = 0.5;

const { values } = parseArgs({
	options: {
		data: { type: "string" },
		vectors: { type: "string" },
		out: {
			type: "string",
			default: fileURLToPath(new URL("../../server/cache/model/weights.json", import.meta.url)),
		},
	},
});
if (values.data === undefined) {
	process.stderr.write("npm run train:cache -- --data DIR [--out FILE] [--vectors FILE]\n");
	process.exit(2);
}

const data = readData(values.data);
const vectors = await makeVectors(data.texts, values.vectors);
const rarity = countRarity(data.texts, bucketCount);
const rows = toRows(data, vectors, toRarity(rarity));
const judged = judgeLeftOut(rows);
const serve = chooseThreshold(judged);
const toPercent = (share: number) => `${(100 * share).toFixed(2)} %`;
for (const threshold of [serve - 0.01, serve, serve + 0.01])
	for (const { set, hits, falseHits } of measure(judged, threshold))
		process.stdout.write(
			`threshold ${threshold.toFixed(3)}: ${set}: hits ${toPercent(hits)}, false hits ${toPercent(falseHits)}\n`,
		);

writeFileSync(values.out, toFile({ ...fitWeights(rows), rarity, serve, grey }));

/** Scores by weights that were fitted without the row and all others of its part. */
function judgeLeftOut(all: readonly Row[]) {
	return Array.from({ length: folds }, (_, fold) => {
		process.stderr.write(`Fold ${fold + 1} of ${folds}.\n`);
		const fitted = fitWeights(all.filter(({ parts }) => !parts.includes(fold)));
		return all
			.filter(({ parts }) => parts[1] === fold)
			.map((row) => ({ ...row, score: row.decided === null ? scoreRow(fitted, row) : 0 }));
	}).flat();
}
