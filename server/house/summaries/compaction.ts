import type { Sql } from "postgres";
import { AppError } from "../../contract/errors.ts";
import type { ThreadId, UserId } from "../../contract/ids.ts";
import type { Publish } from "../../contract/viewer-event.ts";
import type { CatalogueModel, Models } from "../../models/index.ts";
import { readStrategy, readSummarisedThread } from "../../threads/index.ts";
import type { AskCheapest, PriceCheapest } from "../ask-cheapest.ts";
import type { HouseAnswer } from "../calls/make-call.ts";
import { type CompactInput, chooseSources, compact, type SummaryLog } from "./compact.ts";
import { toSectionTokensMax, toSummaryPrompt } from "./prompt.ts";
import type { SummarySource } from "./section.ts";
import { readCallCost, readSummaries, storeSummary, switchSummary } from "./summary-store.ts";

/** What Compact now would do: tokens of the conversation as it is sent, and what the call costs at most. */
export interface CompactionEstimate {
	readonly messages: number;
	readonly tokensBefore: number;
	readonly sourceTokens: number;
	/** Nano-dollars, a decimal string. The server pays. */
	readonly costNanoUsdMax: string;
}

/** A summary that waits for the person's word. */
export interface ProposedSummary {
	readonly summaryId: string;
	readonly text: string;
	readonly throughMessageId: string;
	readonly tokensBefore: number;
	readonly tokensAfter: number;
	/** What the call has cost, nano-dollars, a decimal string. */
	readonly costNanoUsd: string;
}

/** Compact now. All throw AppError `not_found` for what is not the person's. */
export interface Compaction {
	/** Null when nothing is left to compact. */
	estimate(userId: UserId, threadId: ThreadId): Promise<CompactionEstimate | null>;
	/** Makes the summary without using it. @throws AppError `conflict` (nothing to compact), `provider_unavailable` */
	preview(userId: UserId, threadId: ThreadId): Promise<ProposedSummary>;
	/** From now on the summary stands for the messages. */
	confirm(userId: UserId, summaryId: string): Promise<void>;
	/** The messages are sent again as they are. Nothing was removed. */
	undo(userId: UserId, summaryId: string): Promise<void>;
}

export interface CompactionRooms {
	readonly sql: Sql;
	readonly models: Pick<Models, "list">;
	readonly ask: AskCheapest;
	readonly price: PriceCheapest;
	readonly publish: Publish;
	/** Ends the calls when the process drains. */
	readonly signal: AbortSignal;
}

/** A conversation is read back so far. */
const readTokensMax = 400_000;
/** Beyond that a conversation is compacted also where its model has more room: reading all of it costs each time. */
const budgetTokensMax = 64_000;
const thinkingTokens = 1_500;

interface Owner {
	readonly userId: UserId;
	readonly threadId: ThreadId;
}

/** What there is to compact in a thread; null for one that is not the person's. */
async function plan(owner: Owner, rooms: CompactionRooms, isAsked: boolean) {
	const { userId, threadId } = owner;
	const thread = await readSummarisedThread(rooms.sql, userId, { threadId, tokensMax: readTokensMax });
	if (!thread) return null;
	const { messages } = thread;
	const stored = await readSummaries(rooms.sql, threadId);
	const onBranch = new Set(messages.map(({ id }) => id));
	const before = stored.find((one) => one.isInUse && onBranch.has(one.throughMessageId)) ?? null;
	const window = Math.min(...rooms.models.list().map(({ contextWindow }) => contextWindow)) / 2;
	const budget = Math.min(thread.tokensMax ?? Number.POSITIVE_INFINITY, window, budgetTokensMax);
	const lastSourceTokens = Math.max(
		0,
		...stored.filter((one) => onBranch.has(one.throughMessageId)).map(({ sourceTokens }) => sourceTokens),
	);
	const input: CompactInput = { messages, before, budget, lastSourceTokens, isAsked };
	return { before, messages, sources: chooseSources(input) };
}

type Plan = NonNullable<Awaited<ReturnType<typeof plan>>>;

/** Asks a model for the next summary of a thread, and stores it. Null, with all as it was, when none of use has come. */
async function make(owner: Owner, { before, sources }: Plan, rooms: CompactionRooms, isProposed: boolean) {
	const answers: HouseAnswer[] = [];
	const log = await compact(sources, before, async (said) => {
		const answer = await rooms.ask({ ...toRequest(owner, said), signal: rooms.signal });
		if (!answer?.isWhole) return null;
		answers.push(answer);
		return answer.text;
	});
	const [answer] = answers;
	if (!log || !answer) return null;
	const { modelId, callId } = answer;
	const id = await storeSummary(rooms.sql, log, { ...owner, modelId, callId, isProposed });
	return id === null ? null : { id, log, callId };
}

const toRequest = ({ userId }: Owner, said: readonly SummarySource[]) => ({
	...({ purpose: "summary", userId, answeredBy: null } as const),
	messages: toSummaryPrompt(said),
	toOutputTokensMax: ({ isReasoning }: Pick<CatalogueModel, "isReasoning">) =>
		toSectionTokensMax(said) + (isReasoning ? thinkingTokens : 0),
});

/** Summarises a thread in the background, where its strategy is `summary` and it is due. */
export async function summariseThread(owner: Owner, rooms: CompactionRooms): Promise<void> {
	const settings = await readStrategy(rooms.sql, owner.userId, owner.threadId);
	if (settings?.strategy !== "summary") return;
	const planned = await plan(owner, rooms, false);
	if (!planned || planned.sources.length === 0) return;
	if (await make(owner, planned, rooms, false)) announce(owner, rooms);
}

export function createCompaction(rooms: CompactionRooms): Compaction {
	const { sql } = rooms;
	async function getPlan(owner: Owner): Promise<Plan> {
		const planned = await plan(owner, rooms, true);
		if (!planned) throw new AppError("not_found", "There is no such conversation.");
		return planned;
	}
	async function use(userId: UserId, summaryId: string, isInUse: boolean): Promise<void> {
		const threadId = await switchSummary(sql, { userId, summaryId, isInUse });
		if (threadId === null) throw new AppError("not_found", "There is no such summary.");
		announce({ userId, threadId }, rooms);
	}
	return {
		async estimate(userId, threadId) {
			const planned = await getPlan({ userId, threadId });
			const said = planned.sources.filter(({ isPinned }) => !isPinned);
			if (said.length === 0) return null;
			const costNanoUsdMax = await rooms.price(toRequest({ userId, threadId }, said));
			return {
				messages: said.length,
				tokensBefore: toTokens(planned, planned.before),
				sourceTokens: said.reduce((sum, { tokens }) => sum + tokens, 0),
				costNanoUsdMax: costNanoUsdMax.toString(),
			};
		},
		async preview(userId, threadId) {
			const planned = await getPlan({ userId, threadId });
			if (planned.sources.length === 0)
				throw new AppError("conflict", "There is nothing left to compact.", {
					details: { reason: "nothing_to_compact" },
				});
			const made = await make({ userId, threadId }, planned, rooms, true);
			if (!made) throw new AppError("provider_unavailable", "No model has written a summary of use.");
			const { text, throughMessageId } = made.log;
			return {
				summaryId: made.id,
				text,
				throughMessageId,
				tokensBefore: toTokens(planned, planned.before),
				tokensAfter: toTokens(planned, made.log),
				costNanoUsd: await readCallCost(sql, made.callId),
			};
		},
		confirm: (userId, summaryId) => use(userId, summaryId, true),
		undo: (userId, summaryId) => use(userId, summaryId, false),
	};
}

/** Of a request with this summary: the summary, the pinned messages that it passes over, and what came since. */
function toTokens({ messages }: Plan, log: SummaryLog | null): number {
	const through = log ? messages.findIndex(({ id }) => id === log.throughMessageId) : -1;
	const sent = messages.filter(({ isPinned }, place) => isPinned || place > through);
	return sent.reduce((sum, { tokens }) => sum + tokens, log?.tokens ?? 0);
}

const announce = ({ userId, threadId }: Owner, { publish }: CompactionRooms): void =>
	publish(userId, { type: "thread-change", threadId, change: "context" });
