import type { Pair } from "./adversarial.ts";

const questions = [
	"What is the best way to organize a color catalog?",
	"How do I cancel a traveling theater's tickets?",
	"What is the main flavor of licorice?",
	"Why is a lighthouse painted in two colors?",
	"What is the center of a labyrinth called?",
	"How do I analyze the humor in a play?",
	"Where is the oldest bridge across the Danube?",
	"Who is the favorite author of young sailors?",
	"How many liters of water does a camel drink in 10 minutes?",
	"Why do owls not fly at noon?",
	"What is the behavior of honey bees near Lake Garda?",
	"How do I recognize a fiber from a silk thread?",
	"What is a gray heron's neighborhood like?",
	"When did sailors begin to use the compass?",
	"Which harbor is the largest in Norway?",
	"What is the difference between a canoe and a kayak?",
	"How do I apologize to a neighbor?",
	"Is it safe to eat moldy cheese?",
	"What is 17 times 23?",
	"How far is Oslo from Bergen by train?",
	"Can I plow a field without a horse?",
	"What is the capital of Kenya?",
];

const british: readonly (readonly [RegExp, string])[] = [
	[/\b(col|flav|hum|behavi|fav|neighb|harb)or/g, "$1our"],
	[/(organ|recogn|apolog)iz/g, "$1is"],
	[/analyz/g, "analys"],
	[/(theat|cent|fib|lit)er/g, "$1re"],
	[/traveling/g, "travelling"],
	[/catalog\b/g, "catalogue"],
	[/\bgray\b/g, "grey"],
];

/** Changes that leave the answer as it is. */
const edits: readonly ((question: string) => string)[] = [
	(question) => question.toLowerCase(),
	(question) => question.toUpperCase(),
	(question) => `  ${question.replaceAll(" ", "  ")}\n`,
	(question) => question.replace(/\?$/, ""),
	(question) => question.replace(/\?$/, " ??"),
	(question) => `Hi! ${question}`,
	(question) => `Please tell me: ${question}`,
	(question) => `${question} Thank you.`,
	(question) => `Can you help me? ${question} Thanks in advance!`,
	(question) =>
		question.replace(/^(What|Where|Who|When|Why|How) is /, "$1's ").replace(" do owls not ", " don't owls "),
	(question) => british.reduce((text, [american, other]) => text.replace(american, other), question),
];

/** Pairs of questions with one answer: the text of one and a harmless change of it. */
export const harmless: readonly Pair[] = questions.flatMap((stored) =>
	edits.map((change) => ({ stored, asked: change(stored) })).filter(({ asked }) => asked !== stored),
);
