import type { Fault, ReadAnswer } from "./judge-answer.ts";

const refusal =
	/\b(i|we)( am|'m|’m)? ?(really |truly |very |so )?(sorry|afraid|apologi[sz]e)\b.{0,80}\b(can't|can’t|cannot|can not|unable|not able|won't|won’t|don't|don’t|not possible)\b|\b(i|we) (can't|can’t|cannot|can not|won't|won’t|am unable to|am not able to|must decline|have to decline)( \w+)? (help|assist|provide|comply|fulfil\w*|answer|do that|access|browse|create|write|generate|discuss|support|share|offer|engage|continue)\b|\bi('m|’m| am) (unable|not able) to\b|\bas an? (ai|language model)\b.{0,60}\b(can't|can’t|cannot|unable|don't|don’t|not)\b/i;
/** A refusal stands at the beginning; an answer that goes on for longer has answered something. */
const refusalReadMax = 300;
const briefMax = 900;

const endsWell = /[.!?…。！？؟:;)\]}>"'’”`*_|~$%\d]\s*$|\p{Emoji_Presentation}\s*$/u;
const endsOpen =
	/([,([{]|\b(and|or|but|the|a|an|of|to|in|for|with|is|are|that|which|because|from|by|as|at))\s*$/i;
const listItem = /^\s*([-*•+|#>]|\d+[.)])/;
/** Shorter texts are phrases, titles or names. */
const proseMin = 300;

/** Faults of a text whatever was asked: nothing, a refusal, an end that is none, the same again and again, another script. */
export function findWordingFaults({ prompt, answer, isCut }: ReadAnswer): Fault[] {
	if (isEmpty(answer)) return [{ name: "empty", weight: 0.98 }];
	const faults: Fault[] = [];
	if (refusal.test(answer.slice(0, refusalReadMax)))
		faults.push({ name: "refusal", weight: answer.length <= briefMax ? 0.8 : 0.3 });
	const weight = toTruncation(answer, isCut);
	if (weight > 0) faults.push({ name: "cut off", weight });
	if (isRepeating(answer)) faults.push({ name: "repetition", weight: 0.7 });
	if (isOtherScript(prompt, answer)) faults.push({ name: "another script", weight: 0.7 });
	return faults;
}

/** Marks alone are no answer, unless they are many or pictures: a drawing is made of them. */
const isEmpty = (answer: string): boolean => {
	const text = answer.trim();
	return text === "" || (text.length <= 1 && !/[\p{L}\p{N}\p{S}]/u.test(text));
};

function toTruncation(answer: string, isCut: boolean): number {
	const fences = answer.match(/^[ \t]*```/gm)?.length ?? 0;
	if (!isCut && fences % 2 === 1) return 0.8;
	const text = answer.trimEnd();
	if (text.length < proseMin || endsWell.test(text.slice(-20))) return 0;
	if (endsOpen.test(text.slice(-20))) return 0.8;
	const last = text.slice(text.lastIndexOf("\n") + 1);
	return listItem.test(last) || last.length < 80 || !/\p{L}$/u.test(last) ? 0 : 0.5;
}

/** So many lines of one kind, and such a share of all, are a loop. */
const sameLinesMax = 5;
const sameShareMax = 0.4;
const lineMin = 12;
const shingle = 6;
const shinglesMin = 60;
const repeatedShareMax = 0.5;

function isRepeating(answer: string): boolean {
	const lines = answer.split("\n").filter((line) => line.trim().length >= lineMin && /\p{L}{3}/u.test(line));
	const counts = new Map<string, number>();
	for (const line of lines) counts.set(line.trim(), (counts.get(line.trim()) ?? 0) + 1);
	const most = Math.max(0, ...counts.values());
	if (most > sameLinesMax && most > sameShareMax * lines.length) return true;
	const words = answer.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
	const shingles = words.slice(shingle - 1).map((_, at) => words.slice(at, at + shingle).join(" "));
	if (shingles.length < shinglesMin) return false;
	return 1 - new Set(shingles).size / shingles.length > repeatedShareMax;
}

const toLatinShare = (text: string): number => {
	const letters = text.match(/\p{L}/gu) ?? [];
	return letters.length === 0
		? 1
		: letters.filter((letter) => /\p{Script=Latin}/u.test(letter)).length / letters.length;
};

/** Small models slip into the language that they have read most of. */
const isOtherScript = (prompt: string, answer: string): boolean =>
	toLatinShare(prompt) > 0.95 &&
	toLatinShare(answer.slice(0, 4_000)) < 0.5 &&
	!/\b(translat\w+|in \p{Lu}\p{Ll}+|into \p{Lu}\p{Ll}+|language|script|alphabet|characters?|emojis?)\b/u.test(
		prompt,
	);
