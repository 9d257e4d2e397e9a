import { readFileSync } from "node:fs";
import * as z from "zod";
import type { ChatMessage } from "../requests/request-log.ts";
import { type Cassette, cassette } from "./cassette.ts";

/**
 * A line of a recordings file: one prompt and each model's answer (with the response that it came in, when `npm run record`
 * wrote it), or several turns and each model's answers. Other fields are ignored.
 */
const recording = z.union([
	z.object({
		id: z.string(),
		prompt: z.string(),
		outputs: z.record(z.string(), z.string()),
		cassettes: z.record(z.string(), cassette).optional(),
	}),
	z.object({
		id: z.string(),
		turns: z.array(z.string()).min(1),
		answers: z.record(z.string(), z.array(z.string())),
	}),
]);

/** Recorded answers, found by what the user said. */
export interface Recordings {
	/** The models that answered, in order of appearance. */
	readonly models: readonly string[];
	/** The recorded answer to the last user messages of this conversation, else one composed of the project's own. */
	answer(model: string, messages: readonly ChatMessage[]): string;
	/** The response that this model once gave to this conversation's last user message. */
	findCassette(model: string, messages: readonly ChatMessage[]): Cassette | undefined;
	/** The response to a request in a format that only cassettes know: the same path, and a body that contains the prompt. */
	findForeignCassette(path: string, body: string): Cassette | undefined;
	/** One long Markdown document with everything in it. */
	readonly document: string;
}

const ownFile = new URL("./recordings.jsonl", import.meta.url);
/** Answers with this prefix may answer any prompt; the others are found by their own prompt only. */
const generalPrefix = "general/";

type Answers = Map<string, string>;

const toKey = (turns: readonly string[]) => turns.map((turn) => turn.trim()).join("\u0000");

/** FNV-1a: which of the project's answers a prompt gets depends on the prompt alone. */
function hash(text: string): number {
	let value = 0x811c9dc5;
	for (let index = 0; index < text.length; index += 1) {
		value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
	}
	return value >>> 0;
}

function* readRecordings(file: string | URL) {
	const lines = readFileSync(file, "utf8").split("\n");
	for (const [index, line] of lines.entries()) {
		if (line.trim() === "") continue;
		const parsed = recording.safeParse(JSON.parse(line));
		if (!parsed.success) throw new Error(`${file}, line ${index + 1}: not a recording`);
		yield parsed.data;
	}
}

const openings = ["Here is a short answer.", "Good question.", "Briefly:", "Let us take it step by step."];

/**
 * Reads recordings files and the project's own set, which also answers every prompt without a recording.
 * @throws Error for a file that cannot be read or holds anything else.
 */
export function loadRecordings(files: readonly string[]): Recordings {
	const byTurns = new Map<string, Answers>();
	const models = new Set<string>();
	const general: string[] = [];
	const documents: string[] = [];
	const recorded: { prompt: string; model: string; cassette: Cassette }[] = [];

	function remember(turns: readonly string[], model: string, answer: string) {
		models.add(model);
		const key = toKey(turns);
		const answers = byTurns.get(key) ?? new Map<string, string>();
		byTurns.set(key, answers.set(model, answer));
	}
	for (const file of [ownFile, ...files]) {
		for (const entry of readRecordings(file)) {
			if ("prompt" in entry) {
				for (const [model, answer] of Object.entries(entry.outputs)) remember([entry.prompt], model, answer);
				for (const [model, one] of Object.entries(entry.cassettes ?? {}))
					recorded.push({ prompt: entry.prompt.trim(), model, cassette: one });
				if (file !== ownFile) continue;
				documents.push(...Object.values(entry.outputs));
				if (entry.id.startsWith(generalPrefix)) general.push(...Object.values(entry.outputs));
			} else {
				for (const [model, answers] of Object.entries(entry.answers)) {
					for (const [turn, answer] of answers.entries())
						remember(entry.turns.slice(0, turn + 1), model, answer);
				}
			}
		}
	}
	const compose = (prompt: string) => {
		const seed = hash(prompt);
		return `${openings[seed % openings.length]}\n\n${general[(seed >>> 3) % general.length]}`;
	};

	/** The model's own answer, or the first one when this model has none. */
	const pick = (answers: Answers, model: string) => answers.get(model) ?? answers.values().next().value;

	function answer(model: string, messages: readonly ChatMessage[]): string {
		const said = messages.filter(({ role }) => role === "user").map(({ text }) => text);
		for (let turns = Math.min(said.length, 4); turns >= 1; turns -= 1) {
			const answers = byTurns.get(toKey(said.slice(-turns)));
			const found = answers && pick(answers, model);
			if (found !== undefined) return found;
		}
		return compose(said.at(-1)?.trim() ?? "");
	}
	function findCassette(model: string, messages: readonly ChatMessage[]) {
		const prompt = messages.findLast(({ role }) => role === "user")?.text.trim();
		return recorded.findLast((one) => one.model === model && one.prompt === prompt)?.cassette;
	}
	const findForeignCassette = (path: string, body: string) =>
		recorded.findLast(
			({ cassette: { path: own }, prompt }) =>
				own === path && body.includes(JSON.stringify(prompt).slice(1, -1)),
		)?.cassette;
	return {
		models: Array.from(models),
		answer,
		findCassette,
		findForeignCassette,
		document: documents.join("\n\n"),
	};
}
