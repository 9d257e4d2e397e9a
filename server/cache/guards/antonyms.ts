import type { Question } from "../read/question.ts";
import { toStem } from "../read/words.ts";
import { type Guard, toWords } from "./guard.ts";

/** Opposites: what stands left of a bar against what stands right of it. */
const opposites = `
	best better good great top excellent favorite ideal | worst worse bad terrible poor horrible awful
	more most greater | less least fewer lesser
	most | least
	maximum max highest upper | minimum min lowest lower
	high higher | low lower
	big bigger biggest large larger largest huge | small smaller smallest little tiny
	long longer longest | short shorter shortest
	tall taller tallest | short shorter shortest
	fast faster fastest quick quickly quicker rapid | slow slower slowest slowly
	first earliest | last latest final
	next following upcoming | previous prior past last
	before until | after since
	early earlier | late later
	old older oldest | new newer newest young younger youngest
	hot hotter hottest warm warmer | cold colder coldest cool cooler
	hard harder hardest difficult tough | easy easier easiest simple
	strong stronger strongest | weak weaker weakest
	rich richer richest wealthy | poor poorer poorest
	cheap cheaper cheapest inexpensive | expensive costly costliest
	heavy heavier heaviest | light lighter lightest
	thick thicker | thin thinner
	wide wider broad | narrow narrower
	deep deeper deepest | shallow
	light bright brighter | dark darker darkness dim
	wet moist | dry
	full | empty
	open opened opening opens | close closed closing closes shut
	start begin started beginning starting starts launch | stop end finish ended ending stopping quit cease
	increase increased increasing increases raise gain grow growing growth boost | decrease decreased decreasing decreases reduce lower lose shrink decline drop
	add adding added insert include including | remove removing removed delete subtract exclude
	multiply multiplied times | divide divided
	plus add | minus subtract
	buy buying purchase | sell selling sold
	win winning won | lose losing lost
	love loved loves loving like likes | hate hated hates hating dislike
	accept accepted allow allowed allows permit approve | reject rejected deny denied forbid ban banned prohibit refuse block
	enable enabled activate | disable disabled deactivate
	install installed installing | uninstall uninstalled uninstalling
	lock locked | unlock unlocked
	connect connected | disconnect disconnected
	log login signin | logout signout
	up upward upwards above over upstairs | down downward downwards below under downstairs
	left | right
	north northern | south southern
	east eastern | west western
	in into inside indoor indoors inner internal | out outside outdoor outdoors outer external
	on | off
	front forward ahead | back backward backwards behind rear
	horizontal | vertical
	import imports importing | export exports exporting
	upload uploading | download downloading
	send sending sent transmit | receive receiving received
	give giving gave | take taking took
	push | pull
	ask question | answer reply
	lend | borrow
	teach teacher teaching | learn learner learning student
	deposit | withdraw withdrawal
	credit | debit
	income revenue | expense expenses expenditure
	profit gain | loss
	asset | liability
	employer | employee
	encrypt encryption encode | decrypt decryption decode
	compress | decompress
	attack offense | defend defense
	arrive arrival arriving | depart departure departing leave leaving
	enter entrance entry | exit leave
	appear | disappear vanish
	remember | forget
	safe safely | dangerous unsafe danger risky
	legal legally lawful | illegal illegally unlawful
	possible | impossible
	true truth | false lie
	right correct | wrong incorrect
	public | private
	male man men boy boys husband father dad son brother he his him | female woman women girl girls wife mother mom daughter sister she her
	alive live life living birth born | dead die death dying died
	healthy health | sick ill unhealthy
	happy happier happiness | sad sadness unhappy
	friend friends | enemy enemies
	advantage advantages benefit benefits pro pros | disadvantage disadvantages drawback drawbacks con cons risk risks
	positive | negative
	success succeed successful | failure fail failing
	cause causes reason | effect effects consequence consequences
	solution | problem
	question | answer
	rise rising rose ascend | fall falling fell descend set
	sunrise dawn | sunset dusk
	day daytime morning | night nighttime evening
	summer | winter
	spring | autumn fall
	ancient | modern
	rural | urban
	solid | liquid gas
	single one | multiple several many
	all every always | none never some sometimes
	always | never
	many much | few little
	odd | even
	same similar similarity similarities | different difference differences opposite
	gain gaining | lose losing
	heaven | hell
	king | queen
	introvert introverted | extrovert extroverted
	optimist optimistic | pessimist pessimistic
	hero | villain
	natural | artificial
	major | minor
	senior | junior
	majority | minority
	offline | online
	hardware | software
	input | output
	frontend client | backend server
	acid acidic | alkaline base
	guilty | innocent
	hire hiring | fire firing
	wake awake | sleep asleep
	sit | stand
	save saving | spend spending waste
	freeze freezing | melt melting boil
	expand | contract
	with | without
	ascending | descending
	synchronous sync | asynchronous async
	static | dynamic
	clockwise | counterclockwise anticlockwise
	vegetarian vegan | meat
	domestic | international foreign
	local | global remote
	temporary | permanent
	voluntary | mandatory compulsory
	optional | required mandatory
	military | civilian
	theory theoretical | practice practical
	quantity | quality
	breakfast | lunch dinner
	lunch | dinner`;

interface Poles {
	readonly left: ReadonlySet<string>;
	readonly right: ReadonlySet<string>;
}
/** By the stem of each word. */
const poles = opposites
	.trim()
	.split("\n")
	.map((line): Poles => {
		const [left = "", right = ""] = line.split("|");
		const toStems = (list: string) => new Set(toWords(list).map(toStem));
		return { left: toStems(left), right: toStems(right) };
	});
const polesOf = new Map<string, readonly Poles[]>();
for (const pair of poles)
	for (const stem of [...pair.left, ...pair.right]) polesOf.set(stem, [...(polesOf.get(stem) ?? []), pair]);

/** Whether a word that only one question has is the opposite of one that only the other has. */
function hasOpposite(one: Question, other: Question): boolean {
	const [mine, theirs] = [new Set(one.stems), new Set(other.stems)];
	return [...mine].some(
		(stem) =>
			!theirs.has(stem) &&
			polesOf.get(stem)?.some(({ left, right }) => {
				const against = left.has(stem) ? right : left;
				return [...against].some((each) => theirs.has(each) && !mine.has(each));
			}),
	);
}

export const antonyms: Guard = {
	name: "antonyms",
	agrees: (a, b) => !hasOpposite(a, b) && !hasOpposite(b, a),
};
