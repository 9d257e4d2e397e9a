import type { ShadowOutcome } from "../../contract/kinds.ts";
import type { ModelMessage } from "../../contract/model-message.ts";
import type { CallPurpose } from "../../contract/turn.ts";
import type { DatabaseOrTransaction } from "../../db/index.ts";
import type { CatalogueModel, Models } from "../../models/index.ts";
import { isSpendingPaused } from "../../quota/index.ts";
import { readSentRequests } from "../../usage/index.ts";
import { doHouseWork, type HouseCallRooms, type HouseWork } from "../calls/make-call.ts";
import { isOpenIn, readOpenings } from "../open-models.ts";
import { toComparePrompt, toVerdict } from "./judge.ts";
import { drawTurn, type Pair } from "./pair.ts";
import type { ShadowedTurn, ShadowPlan } from "./shadow-plan.ts";
import { type Compared, claimTurn, endShadow, isKept } from "./shadow-store.ts";

interface ShadowRooms extends HouseCallRooms, Pick<DatabaseOrTransaction, "orm"> {
	readonly models: Pick<Models, "open" | "find">;
}

/** What all calls of one comparison have in common. */
interface Scene {
	readonly turn: ShadowedTurn;
	readonly plan: ShadowPlan;
	readonly rooms: ShadowRooms;
	readonly signal: AbortSignal;
}

/** As long as an answer may be that is compared; a model that thinks before does so within its own. */
const toAnswerTokensMax = ({ isReasoning }: CatalogueModel): number => (isReasoning ? 8_000 : 4_000);
/** A verdict is one word. */
const toVerdictTokensMax = ({ isReasoning }: CatalogueModel): number => (isReasoning ? 2_000 : 16);

/**
 * Has a turn of the sample answered by the other road's model, too, and both answers compared by a judge model that does not know whose they are.
 * A turn is taken once, by one process; what fails is written down and not tried again.
 */
export async function shadowTurn(
	turn: ShadowedTurn,
	plan: ShadowPlan,
	{ rooms, signal }: { readonly rooms: ShadowRooms; readonly signal: AbortSignal },
): Promise<void> {
	const { isCheapFirst } = drawTurn(turn.turnId, plan.share);
	const pair = await claimTurn(rooms, turn, { plan, isCheapFirst });
	if (!pair) return;
	const compared = await compare({ turn, plan, rooms, signal }, { pair, isCheapFirst });
	const outcome = signal.aborted && compared.verdict === null ? "interrupted" : compared.outcome;
	await endShadow(rooms, turn.turnId, { ...compared, outcome });
}

async function compare(
	scene: Scene,
	{ pair, isCheapFirst }: { readonly pair: Pair; readonly isCheapFirst: boolean },
): Promise<Compared> {
	const models = await findModels(scene, pair);
	if (!models) return toEnd("closed");
	const sent = await readSent(scene);
	if (!sent) return toEnd("gone");
	const { messages, answer: shown } = sent;
	const shadow = await ask(scene, "shadow", { model: models.other, messages, toTokens: toAnswerTokensMax });
	const shadowCallIds = shadow.callIds;
	const other = shadow.answer?.isWhole ? shadow.answer.text : "";
	if (other === "") return { ...toEnd(shadow.isShort ? "no-room" : "no-answer"), shadowCallIds };
	if (other.trim() === shown.trim()) return { ...toEnd("judged"), verdict: "same", shadowCallIds };
	if (!(await isKept(scene.rooms, scene.turn.turnId))) return { ...toEnd("gone"), shadowCallIds };
	const isShownFirst = pair.isStrongShown !== isCheapFirst;
	const prompt = toComparePrompt(messages, isShownFirst ? [shown, other] : [other, shown]);
	const judge = await ask(scene, "judge", {
		model: models.judge,
		messages: prompt,
		toTokens: toVerdictTokensMax,
	});
	const verdict = judge.answer ? toVerdict(judge.answer.text, isCheapFirst) : null;
	const outcome = verdict !== null ? "judged" : judge.isShort ? "no-room" : "no-verdict";
	return { outcome, verdict, shadowCallIds, judgeCallIds: judge.callIds };
}

const toEnd = (outcome: ShadowOutcome): Compared => ({
	outcome,
	verdict: null,
	shadowCallIds: [],
	judgeCallIds: [],
});

/** The other road's model and the judge; null unless the person's plan leaves both open, and no pause of spending is on. */
async function findModels(
	{ turn, plan, rooms }: Scene,
	pair: Pair,
): Promise<{ readonly other: CatalogueModel; readonly judge: CatalogueModel } | null> {
	const open = await readOpenings(rooms.sql, turn.userId);
	const find = async (modelId: string) => {
		const model = rooms.models.find(modelId);
		if (!model || !isOpenIn(open, model)) return null;
		return (await isSpendingPaused(rooms.sql, { userId: turn.userId, modelId })) ? null : model;
	};
	const other = await find(pair.isStrongShown ? pair.cheapModelId : pair.strongModelId);
	const judge = await find(plan.judge);
	return other && judge ? { other, judge } : null;
}

/** What the model of the answer was sent, and what it said. Null when that can no longer be told, or a judge could not read it: it is no text. */
async function readSent({
	turn: { turnId, userId },
	rooms,
}: Scene): Promise<{ readonly messages: readonly ModelMessage[]; readonly answer: string } | null> {
	const requests = await readSentRequests(rooms.sql, userId, { turnId });
	const last = requests.findLast(({ call }) => call.outcome === "complete");
	if (!last?.parts || !last.isKnown) return null;
	const messages = last.parts.flatMap((part) => part.messages);
	const isText = messages.every(({ parts }) => parts.every(({ type }) => type === "text"));
	return isText ? { messages, answer: last.call.answer } : null;
}

const none: HouseWork = { answer: null, callIds: [], isShort: false };

async function ask(
	{ turn: { userId }, plan: { dayCapNanoUsd }, rooms, signal }: Scene,
	purpose: CallPurpose,
	by: {
		readonly model: CatalogueModel;
		readonly messages: readonly ModelMessage[];
		toTokens(model: CatalogueModel): number;
	},
): Promise<HouseWork> {
	if (signal.aborted) return none;
	const { model, messages, toTokens: toOutputTokensMax } = by;
	const chain = [model];
	return await doHouseWork(
		{ userId, purpose, chain, messages, toOutputTokensMax, dayCapNanoUsd, signal },
		rooms,
	);
}
