import { toOneSpelling } from "./spelling.ts";
import { isFunctionWord } from "./words.ts";

const toSet = (list: string): ReadonlySet<string> => new Set(list.trim().split(/\s+/));

/** Names that are one even where a text has no upper case, by kinds. */
const known = toSet(`
	afghanistan africa african america american americans arab arabia argentina asia asian australia australian austria austrian bangladesh belgium
	brazil brazilian britain british canada canadian chile china chinese colombia cuba czech denmark danish dutch egypt egyptian england english
	europe european finland finnish france french germany german germans greece greek hungary iceland india indian indians indonesia iran iraq
	ireland irish israel israeli italy italian jamaica japan japanese jewish kenya korea korean kuwait latin malaysia mexican mexico morocco nepal
	netherlands nigeria nigerian norway norwegian pakistan pakistani peru philippines poland polish portugal portuguese qatar romania
	russia russian saudi scotland scottish singapore spain spanish sweden swedish swiss switzerland syria taiwan thai thailand turkey turkish
	ukraine ukrainian usa uk uae vietnam vietnamese wales welsh
	amsterdam athens atlanta bangalore beijing berlin boston brussels cairo chennai chicago dallas delhi denver dubai dublin florida geneva hamburg
	houston hyderabad istanbul jakarta karachi kolkata kyoto lisbon london madrid manchester melbourne miami milan montreal moscow mumbai munich nairobi
	oslo osaka paris prague pune rome seattle seoul shanghai stockholm sydney texas tokyo toronto vienna warsaw washington zurich california york
	adobe airbnb amazon amd android apple audi azure bing bmw chrome cisco dell ebay excel facebook ferrari firefox flipkart ford github gmail google honda
	hp huawei hyundai ibm infosys instagram intel ios ipad iphone java javascript kotlin lenovo linkedin linux mac macbook macos microsoft mongodb mysql
	netflix nike nintendo nokia nvidia oracle paypal perl php pinterest playstation porsche postgres postgresql python quora rails reddit redis ruby
	rust safari samsung scala shopify skype snapchat sony spotify sql swift tesla tiktok toyota twitter typescript uber ubuntu unix visa volkswagen
	walmart whatsapp wikipedia windows xbox xiaomi yahoo youtube zoom mastercard
	christian christianity buddhist buddhism catholic hindu hinduism islam islamic muslim protestant judaism
	bitcoin dollar dollars euro euros ethereum peso pound pounds rupee rupees sterling yen yuan usd eur gbp inr jpy cad aud chf
	mercury venus mars jupiter saturn uranus neptune pluto
	batman superman spiderman beethoven mozart shakespeare einstein newton darwin obama trump clinton putin modi merkel
`);

/** Which words of a text begin with an upper-case letter. */
const rawWords = /[\p{L}\p{M}\p{N}]+(?:\+\+|#)?/gu;
const sentenceEnd = /[.?!:;"“”\n(]\s*["“”']?$/u;
/** A text with a larger share of such words is a title, which has upper case everywhere. */
const titleShare = 0.6;

/**
 * The names in a text: what begins with an upper-case letter within a sentence, abbreviations, and names that everyone writes without
 * one, too.
 *
 * @param tokens the text's tokens: names that were politeness are left out.
 */
export function readNames(text: string, tokens: readonly string[]): string[] {
	const found = [...text.normalize("NFKC").matchAll(rawWords)];
	const isUpper = (word: string) => /^\p{Lu}/u.test(word);
	const isTitle =
		found.length > 2 && found.filter(([word]) => isUpper(word)).length > titleShare * found.length;
	const written = new Set<string>();
	for (const { 0: word, index } of found) {
		const isAtStart = index === 0 || sentenceEnd.test(text.slice(Math.max(0, index - 4), index));
		const isName = isUpper(word) && !isTitle && (!isAtStart || /^\p{Lu}.*\p{Lu}/u.test(word));
		const lower = toOneSpelling(word.toLowerCase());
		if (isName && !isFunctionWord(lower)) written.add(lower);
	}
	return tokens.filter((token) => written.has(token) || known.has(token));
}
