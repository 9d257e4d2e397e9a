import { readFileSync } from "node:fs";
import * as z from "zod";

const file = new URL("../../server/simulator/recordings/recordings.jsonl", import.meta.url);
const recording = z.object({ prompt: z.string(), outputs: z.record(z.string(), z.string()) });

/** What the simulator's `large` model answers to a prompt, character by character. */
export function findRecorded(prompt: string, model = "sim-large"): string {
	for (const line of readFileSync(file, "utf8").split("\n")) {
		if (line.trim() === "") continue;
		const { prompt: recorded, outputs } = recording.parse(JSON.parse(line));
		if (recorded === prompt && outputs[model] !== undefined) return outputs[model];
	}
	throw new Error(`Nothing is recorded for "${prompt}" and ${model}.`);
}
