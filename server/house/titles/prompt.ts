import { type ModelMessage, toTextMessage } from "../../contract/model-message.ts";
import { toPlainText } from "../../contract/parts.ts";
import { prompts } from "../../contract/prompts.ts";
import type { TitleSource } from "../../threads/index.ts";

/** A title shows what it is about with the beginnings of both. */
const questionCharactersMax = 1_200;
const answerCharactersMax = 600;

export const titleInstruction = prompts.title.text;

/** What a model is asked for a title. */
export function toTitlePrompt({ question, answer }: TitleSource): readonly ModelMessage[] {
	const asked = cut(toPlainText(question), questionCharactersMax);
	const answered = cut(answer, answerCharactersMax);
	return [
		toTextMessage("system", titleInstruction),
		toTextMessage("user", `<question>\n${asked}\n</question>\n<answer>\n${answered}\n</answer>\n\nTitle:`),
	];
}

const cut = (text: string, charactersMax: number): string =>
	text.trim().slice(0, charactersMax).toWellFormed().replaceAll("\uFFFD", "");
