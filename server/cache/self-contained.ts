import { readQuestion } from "./read/question.ts";
import { isFunctionWord } from "./read/words.ts";

/** Why an answer to a question is of use only once, to one person, or in one conversation. */
export type Dependence = "personal" | "time-bound" | "tool" | "conversation" | "language";

/** After contractions are written out. Questions that say "I" and mean anyone ("how do I ...", "can I ...") are not personal. */
const personal =
	/\b(?:my|mine|our|ours|myself|ourselves)\b|\b(?:i|we) (?:am|was|have|had|feel|live|think|need|want|like|own|forgot|lost|did|got|tried)\b|\b(?:am|was|did|have) (?:i|we)\b|(?<!\b(?:tell|show|give|help|teach|let|for|explain to) )\b(?:me|us)\b/;
const timeBound =
	/\b(?:today|tonight|tomorrow|yesterday|now|nowadays|currently|current|latest|newest|recent|recently|presently|so far|as of|at the moment|up to date|ago|upcoming)\b|\b(?:this|next|last|past|coming) (?:second|minute|hour|morning|afternoon|evening|night|day|week|weekend|month|quarter|year|season|monday|tuesday|wednesday|thursday|friday|saturday|sunday|spring|summer|autumn|fall|winter)s?\b|\b(?:weather|forecast|news|headlines|traffic|stock price|share price|exchange rate|price of|score of|what time is it|what day is it|what date is it|who is the (?:president|prime minister|ceo|chancellor|king|queen|mayor|champion))\b/;
const tool =
	/^(?:set|play|pause|call|dial|text|send|email|mail|book|order|remind|schedule|search|google|browse|open|turn|run|execute|download|upload|look up|navigate|fetch|post|tweet|check|cancel|delete|buy|wake|start|stop|draw|generate an image)\b|https?:|\bwww\.|\b(?:attached|attachment|attachments|screenshot|uploaded|calendar|inbox|browse the web|search the web|look (?:it |this )?up)\b/;
const conversation =
	/^(?:and|but|so|also|then|ok|okay|yes|no|yeah|nope|sure|continue|go on|more|again|why|how so|really|what about|how about|what else|anything else|another|same|thanks|shorter|longer)\b(?!.*\b(?:is|are|do|does|did|can|could|would|should|will|was|were)\b.*\w{4})|\b(?:above|previous|previously|earlier|aforementioned|you (?:said|say|mentioned|wrote|told|suggested|just)|your (?:answer|last|previous|response|reply|code|example|suggestion)|the (?:former|latter|same one|first one|second one|last one|other one|next one|code|table|list|text|example|following|document|file|image|picture)|as before|instead of that)\b/;
/** Stand for something that was said before, unless it was said in the same text. */
const pronouns = new Set(
	"it its they them their he him his she her this that these those one ones there such".split(" "),
);
/** What is done to what was said: none of them is what a pronoun stands for. */
const deeds = new Set(
	"make explain give change rewrite translate fix improve use convert summarize write add put say work works mean means describe show expand shorten try like keep turn".split(
		" ",
	),
);
/** "It is possible to", "is it true that": stands for what follows. */
const expletive =
	/\b(?:is|was|would|will|can|could|does|did) it\b.*\b(?:to|that|for|if|when|like)\b|\bit (?:is|was|would be|takes?) .*\b(?:to|that|for)\b|\bthere (?:is|are|was|were|be)\b|\b(?:is|are|was|were|will|can|could) there\b/;

/**
 * Why the answer to a question may not serve another one, or null. Only questions without a dependence are looked up, stored and served
 * by meaning. A language without tables is a dependence: nothing is known of what its words refer to.
 */
export function findDependence(text: string): Dependence | null {
	const { isEnglish, asked, tokens } = readQuestion(text);
	if (!isEnglish) return "language";
	if (personal.test(asked)) return "personal";
	if (timeBound.test(asked)) return "time-bound";
	if (tool.test(asked)) return "tool";
	if (conversation.test(asked) || !tokens.some((token) => !isFunctionWord(token))) return "conversation";
	const at = tokens.findIndex((token) => pronouns.has(token));
	const isNamed = tokens
		.slice(0, Math.max(0, at))
		.some((token) => !isFunctionWord(token) && !deeds.has(token));
	return at >= 0 && !isNamed && !expletive.test(asked) ? "conversation" : null;
}
