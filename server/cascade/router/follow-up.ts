import type { ReadPrompt } from "./read-prompt.ts";

/** A request of up to so many words is read with what was asked before it, if it does not name its own matter. */
const shortMax = 9;
/** So is one of up to so many words that refers to what was said. */
const referringMax = 11;
/** So is one of up to so many words that begins as if the sentence before had not ended. */
const goingOnMax = 18;

const goesOn =
	/^\W*(and|but|so|also|then|now|next|or|what about|how about|what if|again|more|another|continue|go on|keep going|same|instead|ok(ay)?,|yes|no,|wait|hmm)\b/i;
const refers =
	/\b(it|its|that|this|these|those|them|above|previous|last (one|answer|step|part)|same|again|instead|the (first|second|third|last|other) (one|part|step|point|option|case)|your (answer|solution|code|reply|version|explanation)|you (said|wrote|gave|used|mentioned))\b/i;
const newTopic =
	/^\W*(something else|(a |another |one more )?(different|new|unrelated|other|another) (question|topic|thing|subject)|on another note|by the way|btw|off topic|unrelated)\b/i;
const thanks =
	/^\W*(thanks?|thank you|thx|ty|cheers|great|perfect|awesome|nice|cool|got it|i see|makes sense|ok(ay)?|good|bye|that('s| is) (all|it|great|perfect|fine)|no,? that('s| is) (all|it)|never ?mind)\b/i;
const asks =
	/\?|\b(but|now|can|could|please|what|why|how|show|explain|give|make|write|add|change|fix|prove|try|does|is|are)\b/i;

/** Whether a message only closes what was talked about: thanks, a goodbye. It asks for nothing, whatever stands before it. */
export const isClosing = ({ text, words }: ReadPrompt): boolean =>
	words.length <= shortMax && thanks.test(text) && !asks.test(text.replace(thanks, ""));

/** Whether a message cannot be understood without those before it. */
export function isFollowUp({ text, words }: ReadPrompt, hasMatter: boolean): boolean {
	if (newTopic.test(text)) return false;
	if (words.length <= shortMax && !hasMatter) return true;
	return words.length <= (goesOn.test(text) ? goingOnMax : refers.test(text) ? referringMax : 0);
}
