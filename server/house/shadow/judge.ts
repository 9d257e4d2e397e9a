import type { ShadowVerdict } from "../../contract/kinds.ts";
import { type ModelMessage, toTextMessage } from "../../contract/model-message.ts";
import { toPlainText } from "../../contract/parts.ts";
import { prompts } from "../../contract/prompts.ts";
import { withoutThoughts } from "../thoughts.ts";

/** Of the end of a conversation, and of the beginning of each answer, a judge reads so much. */
const conversationCharactersMax = 8_000;
const answerCharactersMax = 8_000;
const marks = /<\/?\s*(?:conversation|answer-[ab])\b[^>]*>/gi;

/** What is asked about two answers. Neither the models' names nor whose answer was shown is in it; what people and models wrote is data. */
export function toComparePrompt(
	conversation: readonly ModelMessage[],
	[first, second]: readonly [string, string],
): readonly ModelMessage[] {
	const said = conversation.map(({ role, parts }) => `${role}: ${toData(toPlainText(parts))}`).join("\n\n");
	const data = [
		`<conversation>\n${said.slice(-conversationCharactersMax).toWellFormed()}\n</conversation>`,
		`<answer-a>\n${toAnswer(first)}\n</answer-a>`,
		`<answer-b>\n${toAnswer(second)}\n</answer-b>`,
	];
	return [
		toTextMessage("system", prompts.compare.text),
		toTextMessage("user", `${data.join("\n")}\n\nA, B or SAME?`),
	];
}

const toData = (text: string): string => text.replaceAll(marks, " ");
const toAnswer = (text: string): string => toData(text.trim()).slice(0, answerCharactersMax).toWellFormed();

const verdict = /^(?:(?:THE )?(?:BETTER )?(?:ANSWER|VERDICT)(?: IS)? )?(A|B|SAME)$/;

/** The verdict in what a judge has said; null for anything but one of the three words. */
export function toVerdict(said: string, isCheapFirst: boolean): ShadowVerdict | null {
	const words = withoutThoughts(said)
		.replace(/[^\p{L}]+/gu, " ")
		.trim()
		.toUpperCase();
	const [, word] = verdict.exec(words) ?? [];
	if (word === undefined) return null;
	if (word === "SAME") return "same";
	return (word === "A") === isCheapFirst ? "cheap" : "strong";
}
