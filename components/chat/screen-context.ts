import { createContext, type RefObject, useContext } from "react";
import type { ComposerHandle } from "./composer/composer-handle";
import type { ChatStore } from "./state/chat-store";
import type { TurnActions } from "./state/turn-actions";

/** Which context the dialog shows: of the chat, as it is chosen, or what one answer was sent. */
export type ShownContext = { readonly type: "thread" } | { readonly type: "answer"; readonly turnId: string };

/** What a row of the chat may need from its screen. */
export interface ChatScreenAccess {
	readonly store: ChatStore;
	readonly actions: TurnActions;
	readonly composer: RefObject<ComposerHandle | null>;
	refetch(): void;
	showContext(shown: ShownContext): void;
	/** The model chosen in the composer; null for Auto. */
	getModel(): string | null;
}

export const ScreenContext = createContext<ChatScreenAccess | null>(null);

/** @throws Error outside a chat screen. */
export function useScreen(): ChatScreenAccess {
	const screen = useContext(ScreenContext);
	if (!screen) throw new Error("This component belongs inside a chat screen.");
	return screen;
}
