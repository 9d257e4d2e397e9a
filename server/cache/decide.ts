import { allGuards } from "./guards/all-guards.ts";
import { type Guard, type GuardName, guardNames } from "./guards/guard.ts";
import type { Model } from "./model/model.ts";
import type { Question } from "./read/question.ts";

export interface Decision {
	/** Whether the stored answer is served, may be judged in the background (and is not served now), or is no candidate. */
	readonly zone: "serve" | "grey" | "miss";
	/** From 0 to 1: how sure it is that one answer serves both. */
	readonly similarity: number;
	/** The guard that spoke against it, or what the similarity comes from. */
	readonly reason:
		| GuardName
		| "same text"
		| "same words"
		| "like meaning"
		| "language"
		| "no vector"
		| "failure";
}

/**
 * Whether the answer to a stored question answers an asked one. Texts in a language without tables are served when they are the same, apart
 * from upper case and spaces; English ones also when all guards agree and the model finds them alike.
 *
 * @param cosine of their vectors; null where one of them has none: then only the same words are served.
 * @param guards one that is missing or fails makes it a miss.
 */
export function decide(
	stored: Question,
	asked: Question,
	cosine: number | null,
	model: Model,
	guards: readonly Guard[] = allGuards,
): Decision {
	if (stored.plain !== "" && stored.plain === asked.plain) return serve("same text", 1);
	if (!stored.isEnglish || !asked.isEnglish) return miss("language");
	const against = findDisagreement(stored, asked, guards);
	if (against !== null) return miss(against);
	if (stored.tokens.length > 0 && stored.tokens.join(" ") === asked.tokens.join(" "))
		return serve("same words", 1);
	if (cosine === null || !Number.isFinite(cosine)) return miss("no vector");
	const similarity = model.score(stored, asked, cosine);
	if (similarity >= model.serve) return serve("like meaning", similarity);
	return { zone: similarity >= model.grey ? "grey" : "miss", similarity, reason: "like meaning" };
}

/** The first guard that the two do not agree in; "failure" when one could not be asked. */
function findDisagreement(a: Question, b: Question, guards: readonly Guard[]): GuardName | "failure" | null {
	if (!guardNames.every((name) => guards.some((guard) => guard.name === name))) return "failure";
	try {
		return guards.find((guard) => guard.agrees(a, b) !== true)?.name ?? null;
	} catch {
		return "failure";
	}
}

const serve = (reason: Decision["reason"], similarity: number): Decision => ({
	zone: "serve",
	similarity,
	reason,
});
const miss = (reason: Decision["reason"]): Decision => ({ zone: "miss", similarity: 0, reason });
