import { hashTerms } from "./hash-terms.ts";
import { apply, type Features } from "./linear.ts";
import { readOpenChat } from "./open-chat.ts";
import { countOptions, type ReadPrompt } from "./read-prompt.ts";
import { measureShape } from "./shape.ts";
import { type Domain, domains, type Weights } from "./weights.ts";

/** What a strong model gains on one prompt: how often its answer is right where a small model's is not, less the reverse. */
export interface Gain {
	readonly gain: number;
	/** The kind that the prompt is most of. */
	readonly domain: Domain;
	/** What the rule of open chat has found in it. */
	readonly signals: readonly string[];
	readonly hasMatter: boolean;
}

/** The least and the most that a strong model gains in open chat, and the demand at half of it. */
const openGain = { least: 0.02, most: 0.44, middle: 1.2 };

/** How far a matter that small models often get wrong moves a request in open chat, in log-odds. */
const hardnessWeight = 3;

/** The learnt tasks of code are functions of a line or two; what people ask for in a chat is harder. */
const codeOffset = 0.03;

export const toFeatures = (prompt: ReadPrompt): Features => ({
	terms: hashTerms(prompt.words),
	shape: measureShape(prompt),
});

type MixtureWeights = Pick<Weights, "kinds" | "sharpness" | "gains" | "hardness">;

/** What a strong model gains: by the expert of each kind, as far as the prompt is of that kind. */
export function toGain(weights: MixtureWeights, prompt: ReadPrompt): Gain {
	const features = toFeatures(prompt);
	const kinds = toKinds(weights, features, (domain) => canBe(domain, prompt));
	const { demand, signals, hasMatter } = readOpenChat(prompt);
	let gain = 0;
	let domain: Domain = "open";
	for (const each of domains) {
		gain += kinds[each] * toOwnGain(weights, each, features, demand);
		if (kinds[each] > kinds[domain]) domain = each;
	}
	return { gain, domain, signals, hasMatter };
}

function toOwnGain(weights: MixtureWeights, domain: Domain, features: Features, demand: number): number {
	if (domain === "open") return toOpenGain(demand + hardnessWeight * apply(weights.hardness, features));
	return apply(weights.gains[domain], features) + (domain === "code" ? codeOffset : 0);
}

const toOpenGain = (demand: number) =>
	openGain.least + (openGain.most - openGain.least) / (1 + Math.exp(openGain.middle - demand));

/** Kinds that have a form of their own: no text without that form is of that kind, whatever its words are. */
const canBe = (domain: Domain, { text, numbers }: ReadPrompt): boolean => {
	if (domain === "exam" || domain === "science" || domain === "gap") return countOptions(text) >= 2;
	return domain !== "problem" || numbers.length >= 2;
};

/** How likely each kind is; they add up to 1. */
function toKinds(
	{ kinds, sharpness }: Pick<Weights, "kinds" | "sharpness">,
	features: Features,
	isPossible: (domain: Domain) => boolean,
): Record<Domain, number> {
	const raw = domains.map((domain) =>
		isPossible(domain) ? Math.exp(sharpness * apply(kinds[domain], features)) : 0,
	);
	const sum = raw.reduce((total, each) => total + each, 0);
	return Object.fromEntries(domains.map((domain, at) => [domain, (raw[at] ?? 0) / sum])) as Record<
		Domain,
		number
	>;
}
