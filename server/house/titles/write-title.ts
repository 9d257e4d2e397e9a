import type { ThreadId, TurnId, UserId } from "../../contract/ids.ts";
import type { Publish } from "../../contract/viewer-event.ts";
import type { DatabaseOrTransaction } from "../../db/index.ts";
import type { CatalogueModel } from "../../models/index.ts";
import { findTitleSource, setModelTitle } from "../../threads/index.ts";
import type { AskCheapest } from "../ask-cheapest.ts";
import { toCleanTitle } from "./clean-title.ts";
import { toTitlePrompt } from "./prompt.ts";

/** The turn whose end asks for a title. */
export interface TitledTurn {
	readonly turnId: TurnId;
	readonly threadId: ThreadId;
	readonly userId: UserId;
	/** Who answered, as far as is known. */
	readonly answeredBy: string | null;
}

interface TitleRooms extends Pick<DatabaseOrTransaction, "orm"> {
	readonly ask: AskCheapest;
	readonly publish: Publish;
}

/** Room for six words of any language; a model that thinks before does so within its own. */
const toOutputTokensMax = ({ isReasoning }: Pick<CatalogueModel, "isReasoning">): number =>
	isReasoning ? 1_500 : 64;

/** Gives the thread of a turn a title by a model. Where that fails, or what comes is no title, the first words stay. */
export async function writeTitle(
	turn: TitledTurn,
	{ orm, ask, publish }: TitleRooms,
	signal: AbortSignal,
): Promise<void> {
	const source = await findTitleSource({ orm }, turn.turnId);
	if (!source) return;
	const { userId, threadId, answeredBy } = turn;
	const messages = toTitlePrompt(source);
	const answer = await ask({ purpose: "title", userId, answeredBy, messages, toOutputTokensMax, signal });
	const title = answer?.isWhole ? toCleanTitle(answer.text) : null;
	if (title === null) return;
	if (await setModelTitle({ orm }, { userId, threadId, title }))
		publish(userId, { type: "thread-change", threadId, change: "renamed" });
}
