import { countOptions, type ReadPrompt } from "./read-prompt.ts";

/** What a request in open chat asks for, as far as its words show, and how much that asks of a model (in log-odds). */
interface Signal {
	readonly name: string;
	readonly weight: number;
	isIn(prompt: ReadPrompt): boolean;
}

const words = (pattern: RegExp) => (prompt: ReadPrompt) => pattern.test(prompt.text);

const codeShape =
	/```|\bSELECT\b.{1,200}\bFROM\b|^[ \t]*(def \w+\(|class \w+[:({]|import [\w{]|from \w+ import|function\b|const \w+ =|let \w+ =|var \w+ =|public |private |#include|return\b.*;|if \(|for \()|=>|\w\(\)\s*[{:;]|<\/\w+>|[)}\w];\s*$/m;
const codeWords =
	/\b(python|javascript|typescript|java|c\+\+|c#|golang|rust|kotlin|swift|php|ruby|bash|shell script|sql|regex(es)?|regular expression|html|css|react|vue|node\.?js|django|docker\w*|kubernetes|algorithms?|source code|coding|compil\w+|stack ?trace|debug\w*|refactor\w*|unit tests?|api endpoint|data structure|(binary|linked|sorted) (tree|search|list|array)s?|arrays?|recursi\w+|time complexity|o\(\w+\)|programming|subroutine|backend|frontend|database schema|leetcode)\b/i;
const codeTask =
	/\b(write|create|develop|implement|build|make|give|need|code|show)\b.{0,40}\b(program|function|script|class|method|query|code|website|web ?page|app)\b/i;

const mathWords =
	/\\(frac|sum|int|sqrt|begin|cdot|leq|geq)|[∫∑√π≤≥]|\b(solve|equations?|integrals?|integrat(e|es|ing)|derivatives? of|differentiat(e|es|ing)|polynomial|matrix|matrices|eigenvalues?|theorem|probability|remainder|inequality|modulo|divisible|primes?|prime (numbers?|factors?)|factorial|logarithm|triangle|hypotenuse|perimeter|integers?|square root|algebra\w*|calculus|arithmetic|geometry|combinatori\w+|expected value|standard deviation|compound interest)\b/i;
const formula =
	/(^|[\s(])-?\d*[a-z]\s*[=<>≤≥]\s*-?[\da-z]|[\da-z)]\s*\^\s*[-\d({a-z]|\b[a-z]\([a-z\d]\)\s*=|\d\s*[+*×÷=]\s*-?\d|\|[a-z]\s*[+-]\s*\d+\|/im;
const quantity =
	/\b(how (many|much|far|long|old|fast|tall)|calculate|compute|what('s|’s| is| was| will be| would be) (the|his|her|their|its) (total|new|final|area|volume|sum|average|mean|value|difference|percentage|share|cost|price|profit|speed|distance|height|weight|age|result|ratio|amount)|find the|work out|in total|altogether|combined|(the )?total (amount|number|cost|price))\b/i;

const puzzle =
	/\b(logic(al|ally)?|puzzles?|riddles?|brain ?teasers?|deduce\w*|deduction|inferred?|syllogism|paradox|premises?|prove|proof|true or false|uncertain|(does(n't| not)|do(n't| not)) belong|odd one out|(older|taller|shorter|faster|heavier|richer) than|to (the|your|his|her|its) (left|right|north|south|east|west)|brothers?|sisters?|(father|mother|son|daughter|uncle|aunt) of|overt(ake|aken|aking|ook)|facing|liars?|knights?|what could be the reason|how is (this|that|it) possible|who (finished|owns|sits|lives|lies|is (lying|telling|the (oldest|tallest|thief|liar)))|which (person|word|number|box|door) (is|comes|does|has|should))\b/i;
const stepByStep = /\b(step[- ]by[- ]step|think (hard|carefully)|reasoning|show your work|rigorous\w*)\b/i;

const structure =
	/\b(json|csv|yaml|xml|tsv|markdown table|tables?|key[- ]value|one word per line|numbered list|bullet points?|return only|output only|format(ted)?|extract\w*|identify|classify|categori[sz]e|label each|named entit\w+|parse|count (how many|the)|rate|evaluate the following|given the following|following (data|text|records|passage|paragraph|sentences?|reviews?|table|list))\b/i;

const analysis =
	/\b(analy[sz]e|analysis|compare|contrast|differences? between|evaluate|assess|justify|critique|implications?|trade-?offs?|pros and cons|correlation|architect\w*|optimi[sz]e|design|derive|diagnos\w+|root cause|explain (why|how)|why (do|does|did|is|are|would)|how (do|does|would|have|has|can) .{0,60}\b(affect|influence|relate|shape|work))\b/i;
const constraints =
	/\b(exactly|at least|at most|no more than|no less than|must|without using|do not|don't use|only use|ensure|each (sentence|line|paragraph)|every (sentence|line)|\d+ (words|sentences|lines|paragraphs|steps|examples))\b/i;
const expertise =
	/\b(quantum|relativity|thermodynamic\w*|electromagnet\w*|molecul\w+|enzym\w+|genom\w+|photosynthesis|chemical|stoichiometr\w*|isotopes?|orbit\w*|neural networks?|machine learning|transformer|gradient|bayesian|regression|econometric\w*|macroeconomic\w*|inflation|derivatives|antitrust|jurisdiction|statut\w+|liabilit\w+|contract law|tax|clinical|differential diagnosis|pharmaco\w*|patholog\w*|epistemolog\w*|dialectic\w*|fallac\w+|cryptograph\w*|distributed system|consensus|concurrency|bridge|structural)\b/i;

const writing =
	/\b(write|draft|compose|craft|create|generate|pen|come up with|brainstorm|make up|help me (write|with)|need)\b.{0,60}\b(e-?mails?|letters?|blog|posts?|story|stories|poems?|haikus?|songs?|lyrics|essays?|speech|toasts?|captions?|headlines?|slogans?|taglines?|tweets?|jokes?|names?|invitations?|reviews?|descriptions?|paragraphs?|ads?|advertisements?|messages?|cover letter|resume|bio|dialogue|scripts? for a (play|video))\b/i;
const role =
	/\b(act as|pretend|imagine (you|yourself|you're)|role[- ]?play|take on the role|assume the role|embrace the role|embody|persona|picture yourself|you are now|now you are|suppose you are|speak like)\b/i;
const rewriting =
	/\b(rewrite|rephrase|reword|paraphrase|translat\w+|summari[sz]e|summary|tl;?dr|shorten|proofread|grammar|typos?|spelling|correct (this|the following)|fix (this|the) (sentence|text)|more (formal|polite|casual))\b/i;
const asking =
	/\b(what (is|are|was|were|does|do)|what's|who (is|was|are|were)|where (is|was|are|can)|when (is|was|did)|define|definition|meaning of|tell me about|list|name (some|five|three|a few)|recommend\w*|suggest\w*|tips|ideas|advice|recipe|how (do|can|to|should) (i|you|we)?)\b/i;
const smallTalk =
	/^\W*(hi|hello|hey|yo|good (morning|evening|afternoon|night)|thanks?|thank you|thx|cheers|ok(ay)?|great|cool|nice|perfect|awesome|bye|goodbye|how are you|what's up|sup|lol|haha)\b/i;

const givenText =
	/\b(context|passage|paragraph|article|text|premise|document|transcript|email|review)s?\b\W{0,4}(:|\n)|\b(based on|according to) (the|this|its|that)\b|\b(the|this) (passage|article|text|document|context|excerpt) (below|above|says|states|and)/i;

const hasNumbers = ({ numbers }: ReadPrompt, least: number) => numbers.length >= least;

const hard: readonly Signal[] = [
	{
		name: "code",
		weight: 1.8,
		isIn: ({ text }) => codeShape.test(text) || codeWords.test(text) || codeTask.test(text),
	},
	{ name: "puzzle", weight: 1.5, isIn: words(puzzle) },
	{ name: "maths", weight: 1.3, isIn: ({ text }) => mathWords.test(text) || formula.test(text) },
	{ name: "quantities", weight: 1.2, isIn: (prompt) => hasNumbers(prompt, 2) && quantity.test(prompt.text) },
	{ name: "structured answer", weight: 0.8, isIn: words(structure) },
];
const soft: readonly Signal[] = [
	{ name: "step by step", weight: 0.5, isIn: words(stepByStep) },
	{ name: "analysis", weight: 0.3, isIn: words(analysis) },
	{ name: "constraints", weight: 0.2, isIn: words(constraints) },
	{ name: "expert matter", weight: 0.3, isIn: words(expertise) },
	{ name: "choice of few", weight: 0.4, isIn: (prompt) => countOptions(prompt.text) >= 3 },
	{ name: "choice of many", weight: 0.5, isIn: (prompt) => countOptions(prompt.text) >= 6 },
	{
		name: "text given",
		weight: -0.6,
		isIn: (prompt) => prompt.words.length > 60 && givenText.test(prompt.text),
	},
	{ name: "writing", weight: -0.9, isIn: words(writing) },
	{ name: "role play", weight: -0.6, isIn: words(role) },
	{ name: "rewriting", weight: -0.5, isIn: words(rewriting) },
];
const easy: readonly Signal[] = [
	{ name: "plain question", weight: -0.4, isIn: words(asking) },
	{ name: "small talk", weight: -1.5, isIn: ({ text, words }) => words.length <= 12 && smallTalk.test(text) },
];

/** What twice as many words add, from twenty on: longer requests ask for a little more. */
const doublingWeight = 0.1;
const toLengthDemand = (words: number) =>
	doublingWeight * Math.max(-2, Math.min(3, Math.log2((words + 1) / 20)));

/** What each further hard signal adds to the strongest one. */
const furtherShare = 0.2;

export interface OpenChat {
	/** Log-odds that a request asks for a strong model, against the middle of open chat. */
	readonly demand: number;
	readonly signals: readonly string[];
	/** Whether it names a matter of its own, so that it can be understood without what was said before. */
	readonly hasMatter: boolean;
}

const matters = [...hard.map(({ name }) => name), "writing", "role play"];

/** What a request in open chat asks for: its strongest hard signal, and what speaks for and against it. */
export function readOpenChat(prompt: ReadPrompt): OpenChat {
	const found = hard.filter((signal) => signal.isIn(prompt));
	const rest = [...soft, ...(found.length > 0 ? [] : easy)].filter((signal) => signal.isIn(prompt));
	const strongest = Math.max(0, ...found.map(({ weight }) => weight));
	const names = [...found, ...rest].map(({ name }) => name);
	const further = toSum(found) - strongest;
	return {
		demand: strongest + furtherShare * further + toSum(rest) + toLengthDemand(prompt.words.length),
		signals: names,
		hasMatter: names.some((name) => matters.includes(name)),
	};
}

const toSum = (signals: readonly Signal[]) => signals.reduce((sum, { weight }) => sum + weight, 0);
