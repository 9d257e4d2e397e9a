/**
 * How many planted facts survive the summaries of a long conversation, by the code that serves threads: `npm run eval:compaction`. 300 turns
 * hold names, numbers, dates, addresses, names of code and constraints; a summariser that loses or changes nearly all of them stands in for
 * the model, so that none is called. `--seed N` makes another conversation. Prints what of the facts under the summary it still has; exit
 * code 1 below 95 %, with fewer than 5 compactions, or when an earlier section has changed.
 */
import { parseArgs } from "node:util";
import { countMessageTokens } from "../../server/context/index.ts";
import { chooseSources, compact, type SummaryLog } from "../../server/house/summaries/compact.ts";
import type { SummarySource } from "../../server/house/summaries/section.ts";

const { values } = parseArgs({ options: { seed: { type: "string", default: "1" } } });

const turns = 300;
const budget = 6_000;
const recallMin = 0.95;
const compactionsMin = 5;

/** Mulberry32: the same seed gives the same conversation. */
function createRandom(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}
const random = createRandom(Number(values.seed));
const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
const number = (from: number, to: number) => from + Math.floor(random() * (to - from));

interface Fact {
	readonly kind: string;
	/** What a reader has to find, exactly. */
	readonly value: string;
	readonly sentence: string;
	readonly by: "user" | "assistant";
}

const firstNames = ["Ilse", "Tomasz", "Priya", "Okechukwu", "Marisol", "Henrik", "Yuki", "Leila", "Bastien"];
const lastNames = ["Vandermeer", "Kowalczyk", "Raghunathan", "Adeyemi", "Quispe", "Lindqvist", "Tanabe"];
const makers: Record<string, () => Omit<Fact, "kind">> = {
	name: () => {
		const value = `${pick(firstNames)} ${pick(lastNames)}`;
		return {
			value,
			sentence: pick([`The person to ask there is ${value}.`, `We met ${value} about it.`]),
			by: "user",
		};
	},
	number: () => {
		const value = pick([String(number(1_001, 99_999)), `${number(10, 99)}.${number(1, 99)}`]);
		return {
			value,
			sentence: `For this the count was ${value} boxes in the end.`,
			by: pick(["user", "assistant"]),
		};
	},
	date: () => {
		const value = `20${number(26, 39)}-${number(10, 12)}-${number(10, 28)}`;
		return { value, sentence: `It is planned for ${value} as things stand.`, by: "user" };
	},
	url: () => {
		const value = `https://${pick(["wiki", "files", "maps"])}.example.org/${number(100, 999)}/plan-${number(1, 99)}?v=${number(1, 9)}`;
		return { value, sentence: `The drawing is at ${value}, by the way.`, by: pick(["user", "assistant"]) };
	},
	code: () => {
		const value = pick([
			`retry_window_${number(1, 99)}`,
			`loadPier${number(1, 99)}`,
			`src/piers/dock${number(1, 99)}.ts`,
		]);
		return { value, sentence: `The setting that matters is ${value} here.`, by: pick(["user", "assistant"]) };
	},
	constraint: () => {
		const value = pick([
			`Never put more than ${number(3, 90)} people on the small ferry.`,
			`The report must leave out everything about ${pick(["fees", "staff", "fuel", "wind"])} of year ${number(2001, 2040)}.`,
			`Always round prices to ${number(5, 95)} cents.`,
		]);
		return { value, sentence: value, by: "user" };
	},
};

const fillers = [
	"There is a lot to say about how the harbour looks in the early morning when the boats come in one after another.",
	"In general it helps to go through the list slowly and to write down what seems odd before anything is changed.",
	"People mostly agree that the old way was fine, and yet the new one seems to be a little quicker on most days.",
	"As far as the weather goes, it has been calm, and so the work went on as it usually does at this time of year.",
	"It may be worth looking at this again later, since the first look left some open ends that are easy to forget.",
];
const filler = () => `${pick(fillers)} ${pick(fillers)}`;

async function toMessage(turn: number, role: "user" | "assistant", text: string): Promise<SummarySource> {
	const createdAt = new Date(Date.UTC(2026, 0, 1) + turn * 3_600_000 * 5).toISOString();
	const tokens = await countMessageTokens([{ type: "text", text }]);
	return { id: `${turn}-${role}`, role, text, tokens, createdAt, isPinned: false };
}

/** Says next to nothing, changes the numbers that it repeats, and leaves out every other message. */
async function loseMost(sources: readonly SummarySource[]): Promise<string> {
	const lines = sources
		.filter((_, place) => place % 2 === 0)
		.map(({ text }) => text.split(/\s+/).slice(0, 7).join(" ").replace(/\d/g, "7"));
	return `They talked about the harbour.\n${[...new Set(lines)].join("\n")}`;
}

const kinds = Object.keys(makers);
const facts: (Fact & { readonly messageId: string })[] = [];
const messages: SummarySource[] = [];
let log: SummaryLog | null = null;
let compactions = 0;
let isAppendOnly = true;

for (let turn = 0; turn < turns; turn++) {
	const kind = turn % 3 === 0 ? kinds[(turn / 3) % kinds.length] : undefined;
	const made = kind === undefined ? null : makers[kind]?.();
	for (const role of ["user", "assistant"] as const) {
		const own = made?.by === role ? made : null;
		const message = await toMessage(turn, role, own ? `${filler()} ${own.sentence} ${filler()}` : filler());
		messages.push(message);
		if (own && kind !== undefined) facts.push({ ...own, kind, messageId: message.id });
	}
	const sources = chooseSources({ messages, before: log, budget, lastSourceTokens: log?.sourceTokens ?? 0 });
	if (sources.length === 0) continue;
	const next: SummaryLog | null = await compact(sources, log, loseMost);
	if (!next) continue;
	compactions += 1;
	isAppendOnly &&= next.text.startsWith(log?.text ?? "");
	log = next;
}

const through = messages.findIndex(({ id }) => id === log?.throughMessageId);
const summarised = new Set(messages.slice(0, through + 1).map(({ id }) => id));
const judged = facts.filter(({ messageId }) => summarised.has(messageId));
const isKept = ({ value }: Fact) => (log?.text ?? "").includes(value);
const share = (of: readonly Fact[]) => of.filter(isKept).length / Math.max(1, of.length);
const toPercent = (value: number) => `${(value * 100).toFixed(1)} %`;

console.log(
	`turns ${turns}, compactions ${compactions}, messages under the summary ${summarised.size} of ${messages.length}`,
);
console.log(
	`tokens ${log?.sourceTokens ?? 0} -> ${log?.tokens ?? 0}, append-only: ${isAppendOnly ? "yes" : "no"}`,
);
for (const kind of kinds) {
	const own = judged.filter((fact) => fact.kind === kind);
	console.log(`${kind}: ${own.filter(isKept).length} of ${own.length}`);
}
const recall = share(judged);
const isGood = recall >= recallMin && compactions >= compactionsMin && isAppendOnly && judged.length > 0;
console.log(
	`recall of planted facts ${toPercent(recall)} (goal ${toPercent(recallMin)}): ${isGood ? "reached" : "not reached"}`,
);
if (!isGood) process.exitCode = 1;
