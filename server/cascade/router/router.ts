import { isClosing, isFollowUp } from "./follow-up.ts";
import { measureKnown } from "./known-words.ts";
import { type ReadPrompt, readPrompt } from "./read-prompt.ts";
import { type Gain, toGain } from "./score-prompt.ts";
import { type Domain, parseWeights, type Weights } from "./weights.ts";

/** What the router makes of a request. */
export interface Assessment {
	/** The chance that a small model's answer is not good enough, 0 to 1: higher means that a strong model is needed. */
	readonly score: number;
	/** False where the request is unlike all that the router has learnt from: the default model should answer. */
	readonly isFamiliar: boolean;
	readonly domain: Domain;
	/** What mattered, for people: such as `code`, `follow-up`. */
	readonly reasons: readonly string[];
}

export interface Router {
	/**
	 * Assesses a request of a person. Reads no more than 4,000 characters of each message.
	 *
	 * @param earlier the person's messages before it, oldest first; the last two are read. What a model has answered is not.
	 */
	assess(prompt: string, earlier?: readonly string[]): Assessment;
	/** The score from which on a strong model answers, for a share of strong calls (0 to 1) on a stream like that of training. */
	toThreshold(strongShare: number): number;
}

/** Of so many words, training must have seen this share. */
const knownShareMin = 0.6;
/** What a follow-up says itself, beside what it follows. */
const ownShare = 0.25;
const earlierMax = 2;

/** @throws Error when the file is of another version or no weights file. */
export function createRouter(file: unknown): Router {
	const weights = parseWeights(file);
	return {
		assess(prompt, earlier = []) {
			const [own, ...before] = [prompt, ...earlier.slice(-earlierMax).reverse()].map(readPrompt);
			return own ? assess(weights, own, before) : assess(weights, readPrompt(prompt), []);
		},
		toThreshold: (strongShare) => toQuantile(weights.quantiles, 1 - strongShare),
	};
}

function assess(weights: Weights, own: ReadPrompt, before: readonly ReadPrompt[]): Assessment {
	const found = toGain(weights, own);
	const [previous, ...older] = before;
	const toAssessment = (gain: number, isKnown: boolean, { domain, signals }: Gain, why: string[]) => ({
		score: toScore(weights.calibration, gain),
		isFamiliar: isKnown,
		domain,
		reasons: [...why, ...signals],
	});
	if (previous && isClosing(own)) return toAssessment(0, true, { ...found, signals: [] }, ["closing words"]);
	if (!previous || !isFollowUp(own, found.hasMatter))
		return toAssessment(found.gain, isFamiliar(weights, own, found), found, []);
	const inherited = toInherited(weights, previous, older);
	const blend = ownShare * found.gain + (1 - ownShare) * inherited.gain;
	const gain = found.hasMatter ? Math.max(found.gain, blend) : blend;
	const signals = [...new Set([...found.signals, ...inherited.found.signals])];
	return toAssessment(gain, inherited.isFamiliar, { ...inherited.found, signals }, ["follow-up"]);
}

/** What a follow-up inherits: of the message before it or, where that is one, too, of the message before that. */
function toInherited(weights: Weights, previous: ReadPrompt, [older]: readonly ReadPrompt[]) {
	const found = toGain(weights, previous);
	const isEnough = !older || !(isClosing(previous) || isFollowUp(previous, found.hasMatter));
	if (isEnough) return { gain: found.gain, found, isFamiliar: isFamiliar(weights, previous, found) };
	const first = toGain(weights, older);
	const gain = Math.max(found.gain, first.gain);
	return { gain, found: first, isFamiliar: isFamiliar(weights, older, first) };
}

/** Code and formulas have names that no list of words knows; the rule of open chat knows them by their form. */
const isFamiliar = ({ knownWords }: Weights, { words }: ReadPrompt, { signals }: Gain) =>
	signals.includes("code") || signals.includes("maths")
		? true
		: measureKnown(knownWords, words) >= knownShareMin;

const toScore = ({ slope, offset }: Weights["calibration"], gain: number) =>
	1 / (1 + Math.exp(-(slope * gain + offset)));

/** Between two of the stored quantiles by a straight line. */
function toQuantile(quantiles: readonly number[], share: number): number {
	const at = Math.max(0, Math.min(1, share)) * (quantiles.length - 1);
	const low = Math.floor(at);
	const [from = 0, to = from] = quantiles.slice(low, low + 2);
	return from + (to - from) * (at - low);
}
