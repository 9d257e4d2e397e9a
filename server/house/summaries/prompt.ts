import { type ModelMessage, toTextMessage } from "../../contract/model-message.ts";
import { prompts } from "../../contract/prompts.ts";
import type { SummarySource } from "./section.ts";

/** A message of which more is summarised has its middle cut. */
const messageCharactersMax = 24_000;

const summaryInstruction = prompts.summary.text;

/** What a model is asked for a section of a summary. */
export function toSummaryPrompt(sources: readonly SummarySource[]): readonly ModelMessage[] {
	const said = sources.map(({ role, text }) => `<${role}>\n${cut(text)}\n</${role}>`).join("\n");
	return [
		toTextMessage("system", summaryInstruction),
		toTextMessage("user", `${said}\n\nThe section, at most ${toWordsMax(sources)} words:`),
	];
}

/** A tenth of what it stands for. */
const toWordsMax = (sources: readonly SummarySource[]): number => {
	const tokens = sources.reduce((sum, each) => sum + each.tokens, 0);
	return Math.max(60, Math.min(400, Math.round(tokens / 10)));
};

/** Room for so many words of any language. */
export const toSectionTokensMax = (sources: readonly SummarySource[]): number => toWordsMax(sources) * 3;

function cut(text: string): string {
	if (text.length <= messageCharactersMax) return text;
	const half = messageCharactersMax / 2;
	return `${text.slice(0, half)}\n[…]\n${text.slice(-half)}`.toWellFormed();
}
