import type { Fault, ReadAnswer } from "./judge-answer.ts";

const wantsJson =
	/\b(as|in|into|to|valid|return|output|produce|respond|reply|answer|only|using|give me)\b[^.?!\n]{0,40}\bjson\b(?! (schema|file|parser|library))/i;
const wantsTable =
	/\b(in|as|into) an? (\w+ )?table\b|\btable format\b|\bmarkdown table\b|\bmake an? (\w+ )?table\b/i;
const wantsCode =
	/\b(write|implement|create|code|give me|show me|develop)\b[^.?!\n]{0,60}\b(function|program|script|class|method|sql|query|regex|code|css|html)\b/i;
const wantsYesOrNo = /\b(answer|reply|respond)\b[^.?!\n]{0,30}\byes or no\b/i;

const numerals: Readonly<Record<string, number>> = {
	three: 3,
	four: 4,
	five: 5,
	six: 6,
	seven: 7,
	eight: 8,
	nine: 9,
	ten: 10,
	twelve: 12,
	fifteen: 15,
	twenty: 20,
};
const numeral = `(\\d{1,2}|${Object.keys(numerals).join("|")})`;
const wantsItems = new RegExp(
	`\\b(list|give|suggest|name|write|provide|generate|create|tell me|share|recommend|come up with|brainstorm|top|me)\\b[^.?!\\n]{0,30}?\\b${numeral} (\\w+[ -]){0,2}(items|tips|ideas|examples|reasons|ways|names|suggestions|points|bullets|facts|questions|titles|slogans|headlines|recipes|books|movies|songs|jokes|benefits|advantages|steps)\\b`,
	"i",
);
const promises = new RegExp(`\\bhere are (the |my )?(top )?${numeral} `, "i");
const wantsLength = new RegExp(
	`\\b(in|at most|no more than|under|less than|exactly|within|maximum( of)?|max|up to|limit\\w* to) (about )?${numeral.replace("{1,2}", "{1,4}")} (words?|sentences?)\\b`,
	"i",
);

const toNumber = (text = ""): number => numerals[text.toLowerCase()] ?? Number(text);

/** Faults of form: what was asked for and is not there. */
export function findFormatFaults({ prompt, answer, isCut }: ReadAnswer): Fault[] {
	const faults: Fault[] = [];
	if (isCut) return faults;
	if (wantsJson.test(prompt) && !wantsCode.test(prompt) && !hasJson(answer))
		faults.push({ name: "no JSON", weight: 0.85 });
	if (
		wantsTable.test(prompt) &&
		!/^[^\n|]*\|[^\n]*\|/m.test(answer) &&
		!/<table|\t|^[^,\n]+,[^,\n]+,/m.test(answer)
	)
		faults.push({ name: "no table", weight: 0.7 });
	if (
		wantsCode.test(prompt) &&
		!/```|^\s{2,}\S|[{};]\s*$|\bselect\b[\s\S]*\bfrom\b|[\\^$*+]|`[^`]+`|=>|=/im.test(answer)
	)
		faults.push({ name: "no code", weight: 0.7 });
	if (wantsYesOrNo.test(prompt) && !/\b(yes|no)\b/i.test(answer.slice(0, 200)))
		faults.push({ name: "neither yes nor no", weight: 0.7 });
	return [...faults, ...findCountFaults(prompt, answer), ...findLengthFaults(prompt, answer)];
}

function findCountFaults(prompt: string, answer: string): Fault[] {
	const items = countItems(answer);
	const wanted = toNumber(wantsItems.exec(prompt)?.[2]);
	if (wanted >= 3 && items > 0 && items < wanted)
		return [{ name: "fewer items than asked for", weight: 0.6 }];
	const promised = toNumber(promises.exec(answer.slice(0, 600))?.[3]);
	if (promised >= 3 && items > 0 && items < promised)
		return [{ name: "fewer items than announced", weight: 0.5 }];
	return [];
}

/** Lines that begin like an item of a list, or else paragraphs. */
function countItems(answer: string): number {
	const items = answer.match(/^\s*([-*•+]|\d{1,2}[.):]|#{2,4} |\*\*\d)/gm)?.length ?? 0;
	if (items > 0) return items;
	return answer.split(/\n\s*\n/).filter((paragraph) => paragraph.trim() !== "").length > 1
		? answer.split(/\n+/).filter((line) => line.trim() !== "").length
		: 0;
}

/** So much more than asked for is too long. */
const overshoot = 1.25;

function findLengthFaults(prompt: string, answer: string): Fault[] {
	const found = wantsLength.exec(prompt);
	if (!found) return [];
	const wanted = toNumber(found[4]);
	const isWords = (found[6] ?? found[5] ?? "").toLowerCase().startsWith("word");
	const count = isWords
		? (answer.match(/[\p{L}\p{N}][\p{L}\p{N}'’-]*/gu)?.length ?? 0)
		: (answer.match(/[.!?]["')\]]*(\s|$)/g)?.length ?? 0);
	return wanted > 0 && count > Math.ceil(wanted * overshoot) + 1 ? [{ name: "too long", weight: 0.6 }] : [];
}

function hasJson(answer: string): boolean {
	const fenced = [...answer.matchAll(/```(?:json[c5]?)?\s*\n([\s\S]*?)```/gi)].map(
		([, inside = ""]) => inside,
	);
	const from = answer.search(/[[{]/);
	const to = Math.max(answer.lastIndexOf("}"), answer.lastIndexOf("]"));
	const bare = from >= 0 && to > from ? [answer.slice(from, to + 1)] : [];
	return [...fenced, ...bare].some(isJson);
}

export function isJson(text: string): boolean {
	try {
		JSON.parse(text);
		return true;
	} catch {
		return false;
	}
}
