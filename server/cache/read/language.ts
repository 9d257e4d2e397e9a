const toSet = (list: string): ReadonlySet<string> => new Set(list.trim().split(/\s+/));

/** Common words that English has and the languages below do not. */
const english = toSet(`
	the and of to is are were with that this these those you your yours my mine our their his her its what how which where when who whom whose
	why it they them we have has had been be being not but by from if can could would should shall may might must do does did doing there about
	for than then into out any some all every each much many more most other such only very just a i me us he she at as or on
	get make made need want know tell show give find help please let use best good good better new people money time way ways day today
	i'm it's what's don't can't i'd i've i'll you're isn't doesn't didn't won't there's that's who's where's how's let's set turn call
	play send change pay check cancel buy work works working between different difference account card transfer`);
/** The same of languages that are written with the same letters; words that English has too are left out. */
const others = toSet(`
	der die das und ist nicht ich ein eine einen einem einer eines zu den dem des mit auf für von wie sie wir du er es ihr mein meine dein kein
	keine wann wo warum wer welche welcher welches wieviel viel viele kann kannst können soll muss habe haben wird werden wurde sind
	bist gibt zum zur vom beim nach aus über unter ohne gegen bis durch zwischen oder aber wenn dass bitte mehr sehr schon noch nur
	auch heute gestern heißt macht kostet geht
	le la les et est un une des que qui dans pour pas je vous tu nous il elle quel quelle quels comment pourquoi quand où combien avec sans sur
	el los las de y en es por con para qué cómo cuál cuándo dónde quién cuánto cuántos una lo del al su mi
	di che per non sono della delle degli nel una gli come quando dove perché chi quanto
	da em os um uma não quando onde quem por que da na
	het een van niet ik dat op te zijn hoe wat waar wanneer wie waarom
	och att det som på är jag inte hur vad när var
	w na nie się jest jak co kiedy gdzie dlaczego ve bir bu için ne nasıl`);
/** Words of both lists say nothing. */
const shared = new Set([...english].filter((word) => others.has(word)));
const words = /[\p{L}\p{M}]+(?:'\p{L}+)?/gu;
const foreignWord = /[^a-z']/;

/** How many English words stand against one of another language. */
const majority = 3;
const foreignShareMax = 0.34;

/**
 * Whether a plain text is English, the one language that has a table for each guard. A text without any common word is not taken for it:
 * German and Dutch share many words with English.
 */
export function isEnglish(plain: string): boolean {
	const found = plain.match(words) ?? [];
	const count = (is: (word: string) => boolean) => found.filter(is).length;
	const known = count((word) => english.has(word) && !shared.has(word));
	const foreign = count((word) => others.has(word) && !shared.has(word));
	return (
		known > 0 &&
		known >= majority * foreign &&
		count((word) => foreignWord.test(word)) <= foreignShareMax * found.length
	);
}
