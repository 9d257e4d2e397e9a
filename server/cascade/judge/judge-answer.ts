import { findCodeFaults } from "./code.ts";
import { findFormatFaults } from "./format.ts";
import { findNumberFaults } from "./numbers.ts";
import { findWordingFaults } from "./wording.ts";

/** What is wrong with an answer, and the chance that the answer will not do because of it. */
export interface Fault {
	readonly name: string;
	readonly weight: number;
}

export interface Verdict {
	/** The chance that the answer is not good enough, 0 to 1; higher means that a strong model should answer. */
	readonly score: number;
	/** In words for people: such as `refusal`, `no JSON`. */
	readonly faults: readonly string[];
}

/** An answer as the checks read it. */
export interface ReadAnswer {
	readonly prompt: string;
	readonly answer: string;
	/** Whether the middle of the answer was left out. */
	readonly isCut: boolean;
}

const answerHeadMax = 24_000;
const answerTailMax = 8_000;
const promptMax = 4_000;

type Check = (read: ReadAnswer) => Fault[];
const checks: readonly Check[] = [findWordingFaults, findFormatFaults, findNumberFaults, findCodeFaults];

/**
 * Judges an answer by what costs nothing to see: no model is called. Each fault that is found makes it likelier that the answer will not do.
 *
 * @param prior the chance of that before the answer was seen: the router's score of the request.
 */
export function judgeAnswer(prompt: string, answer: string, prior: number): Verdict {
	const isCut = answer.length > answerHeadMax + answerTailMax;
	const read: ReadAnswer = {
		prompt: prompt.slice(0, promptMax),
		answer: isCut ? `${answer.slice(0, answerHeadMax)}\n${answer.slice(-answerTailMax)}` : answer,
		isCut,
	};
	const faults = checks.flatMap((check) => check(read));
	const isGood = faults.reduce((chance, { weight }) => chance * (1 - weight), 1 - prior);
	return { score: 1 - isGood, faults: faults.map(({ name }) => name) };
}
