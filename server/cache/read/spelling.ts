/** Stems whose British forms double a final l. */
const doubled =
	/^(cancel|counsel|dial|equal|fuel|jewel|label|level|marvel|model|quarrel|rival|signal|total|travel)l(?=(?:ed|er|ers|ing|ings|ery)$)/;
const single: Readonly<Record<string, string>> = {
	aluminium: "aluminum",
	analogue: "analog",
	catalogue: "catalog",
	cheque: "check",
	cheques: "checks",
	cosy: "cozy",
	defence: "defense",
	dialogue: "dialog",
	draught: "draft",
	fulfil: "fulfill",
	grey: "gray",
	jewellery: "jewelry",
	licence: "license",
	manoeuvre: "maneuver",
	maths: "math",
	mould: "mold",
	mum: "mom",
	offence: "offense",
	ok: "okay",
	practise: "practice",
	pretence: "pretense",
	programme: "program",
	programmes: "programs",
	pyjamas: "pajamas",
	sceptical: "skeptical",
	skilful: "skillful",
	storey: "story",
	thru: "through",
	tyre: "tire",
	tyres: "tires",
	u: "you",
	ur: "your",
	whilst: "while",
};

/**
 * One spelling for words that British and American English write differently. Where no rule is exact, it maps both forms to the same
 * letters, which need not be a word.
 */
export function toOneSpelling(word: string): string {
	const known = single[word];
	if (known !== undefined) return known;
	if (word.length < 5) return word;
	return word
		.replace(/^([a-z]{3,})our(?=(?:s|ed|ing|ite|ites|ful|able|ist|ists|less|hood)?$)/, "$1or")
		.replace(/^([a-z]{3,})is(?=(?:e|es|ed|ing|er|ers|ation|ations|able)$)/, "$1iz")
		.replace(/^([a-z]{2,})ys(?=(?:e|es|ed|ing)$)/, "$1yz")
		.replace(/^([a-z]{2,}[tb])re(?=s?$)/, "$1er")
		.replace(doubled, "$1");
}
