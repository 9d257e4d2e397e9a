import type { Pair } from "./adversarial.ts";

/** Ways to ask for each thing: all pairs of one row mean the same or nearly so, and none of them is the same text. */
const german = ["Eiffelturm", "Rhein", "Mond", "Zug nach Berlin", "Bodensee", "Brocken"].flatMap((thing) => [
	[`Wie hoch ist der ${thing}?`, `Welche Höhe hat der ${thing}?`, `Was ist die Höhe von ${thing}?`],
	[`Warum ist der ${thing} so alt?`, `Warum ist der ${thing} nicht so alt?`],
	[`Was kostet ein Bild vom ${thing} in Berlin?`, `Was kostet ein Bild vom ${thing} in Hamburg?`],
	[`Best of ${thing} im Winter`, `Best of ${thing} im Sommer`],
]);
const japanese = ["富士山", "東京タワー", "琵琶湖", "大阪城", "新幹線", "京都"].flatMap((thing) => [
	[`${thing}の高さは?`, `${thing}はどのくらい高いですか?`, `${thing}の高さを教えてください。`],
	[`${thing}は安全ですか?`, `${thing}は危険ですか?`],
	[`${thing}は何時に開きますか?`, `${thing}は何時に閉まりますか?`],
]);
const arabic = ["برج القاهرة", "نهر النيل", "القمر", "جبل موسى", "مكتبة الإسكندرية", "القطار"].flatMap(
	(thing) => [
		[`ما هو ارتفاع ${thing}؟`, `كم يبلغ ارتفاع ${thing}؟`, `أخبرني عن ارتفاع ${thing}`],
		[`هل ${thing} آمن؟`, `هل ${thing} غير آمن؟`],
		[`متى يفتح ${thing} في الصيف؟`, `متى يفتح ${thing} في الشتاء؟`],
	],
);
/** Across languages, too. */
const mixed = [
	["How high is the moon?", "Wie hoch ist der Mond?", "月の高さは?", "ما هو ارتفاع القمر؟"],
	["What is a bridge?", "Was ist eine Brücke?", "橋とは何ですか?", "ما هو الجسر؟"],
];

const toPairs = (rows: readonly (readonly string[])[]): Pair[] =>
	rows.flatMap((row) =>
		row.flatMap((stored) => row.filter((asked) => asked !== stored).map((asked) => ({ stored, asked }))),
	);

export const otherLanguages: Readonly<Record<"German" | "Japanese" | "Arabic" | "mixed", readonly Pair[]>> = {
	German: toPairs(german),
	Japanese: toPairs(japanese),
	Arabic: toPairs(arabic),
	mixed: toPairs(mixed),
};
