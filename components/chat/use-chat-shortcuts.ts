import { announce } from "../announcer";
import { messages } from "../messages";
import { useShortcut } from "../shortcuts";
import { copyText } from "../ui/copy-text";
import type { ChatScreenAccess } from "./screen-context";

const copyAndSay = async (text: string | undefined) => {
	if (text) announce((await copyText(text)) ? messages.copied : messages.copyFailed);
};

/** The shortcuts that belong to the chat that is shown. */
export function useChatShortcuts({ store, composer }: ChatScreenAccess): void {
	const lastAnswer = () =>
		store.get().messages.findLast(({ role, text }) => role === "assistant" && text !== "")?.text;
	useShortcut("focusComposer", () => composer.current?.focus());
	useShortcut("modelPicker", () => composer.current?.openModels());
	useShortcut("copyAnswer", () => void copyAndSay(lastAnswer()));
	useShortcut("copyCode", () => void copyAndSay(findLastCode(lastAnswer() ?? "")));
}

function findLastCode(text: string): string | undefined {
	return [...text.matchAll(/(?:^|\n)(`{3,}|~{3,})[^\n]*\n([\s\S]*?)\n\1/g)].at(-1)?.[2];
}
