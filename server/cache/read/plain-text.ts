/** Characters that are not seen: joiners, marks of direction, soft hyphens. */
const unseen = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/g;

/**
 * A text without what carries no meaning in any language: upper case, the width of spaces, characters that are not seen, and the
 * punctuation at its end.
 */
export function toPlainText(text: string): string {
	return text
		.normalize("NFKC")
		.replace(unseen, "")
		.replace(/[‘’ʼ`´]/g, "'")
		.replace(/[“”„«»]/g, '"')
		.toLowerCase()
		.replace(/\s+/g, " ")
		.replace(/[\s.?!。？！؟…]+$/u, "")
		.trim();
}

const negated = "is|are|was|were|do|does|did|has|have|had|could|would|should|must|might|need";
const contractions: readonly (readonly [RegExp, string])[] = [
	[/\b(?:cannot|can'?t)\b/g, "can not"],
	[/\b(?:won't|wont)\b/g, "will not"],
	[/\bshan'?t\b/g, "shall not"],
	[/\bain'?t\b/g, "is not"],
	[new RegExp(`\\b(${negated})n'?t\\b`, "g"), "$1 not"],
	[/\blet's\b/g, "let us"],
	[/\b(?:i'm|im)\b/g, "i am"],
	[/\b(what|who|where|when|how|why|which|that|there|here|it|he|she)'s\b/g, "$1 is"],
	[/\b(what|who|where|how|that|there)s\b/g, "$1 is"],
	[/'re\b/g, " are"],
	[/'ll\b/g, " will"],
	[/'ve\b/g, " have"],
	[/'d\b/g, " would"],
	[/'s\b|(?<=s)'(?=\s|$)/g, ""],
	[/\bgonna\b/g, "going to"],
	[/\bwanna\b/g, "want to"],
	[/\bgotta\b/g, "have to"],
];

/** Writes the contractions of an English plain text out. */
export function expandContractions(text: string): string {
	return contractions.reduce((expanded, [short, long]) => expanded.replace(short, long), text);
}
