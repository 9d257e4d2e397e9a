import type { GuardName } from "../guards/guard.ts";

export interface Pair {
	readonly stored: string;
	readonly asked: string;
}

/** Each item of one list with each of the other. */
const cross = <One, Other>(ones: readonly One[], others: readonly Other[]): (readonly [One, Other])[] =>
	ones.flatMap((one) => others.map((other) => [one, other] as const));

/** The same question in other words: what is harmless stands beside what is not. */
const rewordings: readonly ((question: string) => string)[] = [
	(question) => question,
	(question) => question.toLowerCase(),
	(question) => `Hello, please tell me: ${question} Thanks!`,
	(question) => question.replace(/^What is (?:the )?/, "What's ").replace(/^How do I/, "How can I"),
	(question) => question.replace(/^(What|How) /, "So $1 ").replace(/\?$/, " in general?"),
];

/** Fills "#" of each template with both sides of each edit; the second side is also reworded. */
const edit = (templates: readonly string[], edits: readonly (readonly [string, string])[]): Pair[] =>
	cross(templates, edits).flatMap(([template, [one, other]], at) => {
		const reword = rewordings[at % rewordings.length] ?? ((question) => question);
		return [{ stored: template.replace("#", one), asked: reword(template.replace("#", other)) }];
	});

const turn = (templates: readonly string[], sides: readonly (readonly [string, string])[]): Pair[] =>
	cross(templates, sides).map(([template, [one, other]], at) => ({
		stored: template.replace("#", one).replace("#", other),
		asked: (rewordings[at % rewordings.length] ?? String)(template.replace("#", other).replace("#", one)),
	}));

/** Pairs of questions with two answers, by the guard that has to see it. */
export const adversarial: Readonly<Record<GuardName, readonly Pair[]>> = {
	numbers: edit(
		[
			"How do I cook # eggs at once?",
			"What is the tallest of # towers in a row?",
			"How do I split a bill of # among friends?",
			"What is the best phone under # in a shop?",
			"How do I build a shed with # planks?",
			"What is # times seven?",
		],
		[
			["2", "3"],
			["ten", "twenty"],
			["1.5", "15"],
			["1,000", "10,000"],
			["40", "400"],
			["5k", "50k"],
			["12", "-12"],
			["8", "eighty"],
			["3/4", "4/3"],
			["30", ""],
		],
	),
	negation: edit(
		[
			"How do I bake bread # yeast?",
			"What is the reason that plants do # grow in sand?",
			"How do I make sure that a door is # locked at night?",
			"What is the reason to # paint a wooden fence?",
			"Which birds can # fly over mountains?",
			"Why do some tourists # visit castles?",
			"Should a gardener # water roses at noon?",
		],
		[
			["often", "not"],
			["with", "without"],
			["", "never"],
			["", "hardly"],
			["", "not"],
			["always", "rarely"],
			["also", "neither"],
			["", "unless asked to"],
		],
	),
	units: edit(
		[
			"How do I measure twelve # of rope?",
			"What is the price of 5 # of copper?",
			"How do I store 30 # of flour?",
			"What is 70 # in the old system?",
			"How do I walk 3 # in an hour?",
		],
		[
			["kilometers", "miles"],
			["kg", "pounds"],
			["liters", "gallons"],
			["minutes", "seconds"],
			["dollars", "euros"],
			["celsius", "fahrenheit"],
			["MB", "GB"],
			["inches", "centimeters"],
			["percent", "degrees"],
			["hours", ""],
		],
	),
	dates: edit(
		[
			"How do I plant tulips in #?",
			"What is the custom for weddings in #?",
			"How do I dress for a hike in #?",
			"What is the average rainfall at the coast in #?",
			"Which shops sell fish in #?",
		],
		[
			["January", "July"],
			["spring", "winter"],
			["the morning", "the evening"],
			["September", "Oct"],
			["summer", "autumn"],
			["December", "June"],
			["the afternoon", "the night"],
			["August", "November"],
			["Easter week", "Christmas week"],
			["February", "April"],
		],
	),
	"question type": cross(
		[
			"do bees build hives",
			"do ships carry ballast",
			"do farmers rotate crops",
			"do glaciers carve valleys",
			"do painters use varnish",
			"do bakers score loaves",
			"do rivers flood plains",
		],
		[
			["Why", "How"],
			["When", "Why"],
			["Where", "When"],
			["How often", "Why"],
			["How", "Where"],
			["How long", "How often"],
			["", "Why"],
			["", "When"],
		],
	).map(([rest, [one, other]]) => ({ stored: `${one} ${rest}?`.trim(), asked: `${other} ${rest}?`.trim() })),
	names: edit(
		[
			"What is the capital city of #?",
			"How do I travel through # by train?",
			"What is a typical dish in #, and which spices are in it?",
			"What is the history of #?",
			"How do I write a letter to # in a polite tone?",
			"Which writers were born in #?",
		],
		[
			["France", "Spain"],
			["Kenya", "Nigeria"],
			["Tallinn", "Riga"],
			["Lake Como", "Lake Garda"],
			["Python", "JavaScript"],
			["Microsoft Office", "Google Office"],
			["the Hanse", "the Vikings"],
			["Marie Curie", "Pierre Curie"],
			["Saint Anne", "Saint Paul"],
		],
	),
	antonyms: edit(
		[
			"What is the # season to visit a desert?",
			"How do I find the # road to a village?",
			"What is a # way to cross a river?",
			"What are the # rooms of a castle called?",
			"How do I choose the # rope for a boat?",
			"What is it about a # lake that painters like?",
		],
		[
			["best", "worst"],
			["hottest", "coldest"],
			["safe", "dangerous"],
			["upper", "lower"],
			["first", "last"],
			["cheapest", "most expensive"],
			["fastest", "slowest"],
			["deep", "shallow"],
			["left", "right"],
			["oldest", "newest"],
		],
	),
	substitution: edit(
		[
			"How do I feed a # at home?",
			"What is the # of a violin made of?",
			"How do I repair a # in a kitchen?",
			"What is a good book about # for beginners?",
			"Can a # be carried on a bus?",
		],
		[
			["cat", "rabbit"],
			["bridge", "neck"],
			["sink", "drawer"],
			["chess", "sailing"],
			["ladder", "canoe"],
			["parrot", "turtle"],
			["chair", "lamp"],
			["algebra", "geometry"],
			["bicycle", "piano"],
			["drum", "harp"],
		],
	),
	direction: cross(
		["move furniture", "send a parcel", "carry water", "walk", "steer a boat", "roll a barrel"],
		[
			["attic", "cellar"],
			["harbor", "market"],
			["garage", "garden"],
			["castle", "village"],
			["lake", "river"],
			["Oslo", "Bergen"],
			["school", "station"],
			["bakery", "mill"],
			["island", "coast"],
		],
	).map(([deed, [one, other]], at) => ({
		stored: `How do I ${deed} from the ${one} to the ${other}?`,
		asked:
			at % 2 === 0
				? `How can I ${deed} from the ${other} to the ${one}?`
				: `What is a way to ${deed} to the ${one} from the ${other}?`,
	})),
	order: turn(
		[
			"Is # harder than #?",
			"Can # beat # in a race?",
			"What is it that # learns before # at school?",
			"Does # cause #?",
			"Why do people place # over #?",
		],
		[
			["granite", "marble"],
			["horses", "camels"],
			["rust", "moss"],
			["wool", "linen"],
			["stress", "noise"],
			["rain", "frost"],
			["oak", "pine"],
			["salt", "sugar"],
			["hail", "lightning"],
			["copper", "brass"],
		],
	),
};
