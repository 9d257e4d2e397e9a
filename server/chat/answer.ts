import type { Logger } from "pino";
import * as context from "../context/index.ts";
import { type ModelMessage, toCallName } from "../contract/turn.ts";
import { sleep } from "../kernel/sleep.ts";
import type { CatalogueModel } from "../models/index.ts";
import * as resilience from "../resilience/index.ts";
import type { AcceptedTurn } from "../turns/index.ts";
import { toCostNanoUsd, toCostNanoUsdMax } from "../usage/index.ts";
import { type Attempt, type AttemptRooms, readAttempt, toRequestedEnding } from "./attempt.ts";
import { decide, hasContent, mayStandIn, toInterrupted, wasAsked } from "./decide.ts";
import { inputMargin } from "./quote-turn.ts";

/** What a model is asked for when its answer goes on; every provider understands it, unlike an answer that is pre-filled. */
export const continuation =
	"Continue your answer exactly where it ends. Repeat nothing and add no introduction.";

export interface AnswerRooms extends AttemptRooms {
	/** Shared by all turns of the process. */
	readonly retryBudget: resilience.RetryBudget;
	readonly permits: resilience.CallPermits;
	readonly logger: Pick<Logger, "info" | "error">;
}

export interface Asked {
	readonly turn: AcceptedTurn;
	/** The model that was chosen, then those that may answer in its place. */
	readonly chain: readonly CatalogueModel[];
	readonly messages: readonly ModelMessage[];
	/** When content or words are due, by the monotonic clock. */
	readonly expiresAt: number;
	/** When everything has ended, by the same. */
	readonly endsAt: number;
	/** Whether spending on a model is paused, as it was at most a second ago. */
	isPaused(modelId: string): Promise<boolean>;
}

export interface AskedOf extends Asked {
	readonly model: CatalogueModel;
}

/** What became of the wish to call a model. */
interface Tried {
	readonly ending: Attempt["ending"];
	/** Null when nothing is left to do. */
	readonly failure: resilience.Failure | null;
	/** False: it could not be reached for reasons known before, and nothing was sent. */
	readonly wasCalled: boolean;
}

/**
 * Calls models until one has answered, or until the turn's budget of calls, time or money ends; `attempts` gets what was read.
 * Before the first word another model takes over in silence; after it only by going on with the same text, which the log shows.
 */
export async function answer(
	asked: Asked,
	attempts: Attempt[],
	rooms: AnswerRooms,
): Promise<Attempt["ending"]> {
	const models = [...asked.chain];
	let next = models.shift();
	let { expiresAt } = asked;
	let retriesHere = 0;
	while (next) {
		const model = next;
		const own = { ...asked, model, expiresAt };
		const tried = await tryModel(own, attempts, rooms);
		const { failure, wasCalled } = tried;
		const failureClass = tried.ending.class;
		if (wasCalled && failureClass) tellFailure(own, failureClass, rooms);
		if (!failure) return tried.ending;
		const ending = hasContent(attempts) ? toInterrupted(tried.ending) : tried.ending;
		const rest = models.filter((other) => mayStandIn(other, { model, failure, attempts }, rooms));
		const step = decide(own, { failure, wasCalled, attempts, rest, retriesHere }, rooms);
		if (step.do === "end") return ending;
		if (step.do === "retry") {
			retriesHere += 1;
			if (wasCalled) rooms.retryBudget.countRetry(model.providerId);
			await sleep(step.afterMs, rooms.signal);
		} else {
			next = rest[0];
			models.splice(0, next ? models.indexOf(next) + 1 : 0);
			retriesHere = 0;
			if (next && wasAsked(next, attempts)) rooms.retryBudget.countRetry(next.providerId);
			if (next && wasCalled && hasContent(attempts)) expiresAt = toGoOnBy(next, asked, rooms);
		}
		if (rooms.signal.aborted) return toRequestedEnding(rooms.signal.reason);
		if (next && !(await canPay({ ...asked, model: next }, attempts, rooms))) return ending;
	}
	throw new Error("A chain begins with the model that was chosen.");
}

/** A model that goes on with an answer has time for its first word, as any other. */
const toGoOnBy = (model: CatalogueModel, { endsAt }: Asked, { clock }: AnswerRooms): number =>
	Math.min(endsAt, clock.elapsed() + resilience.answerDeadlines(model).firstContentMs);

/** For whoever runs the server: a key that is refused is nobody's to repair but theirs. */
function tellFailure(
	{ turn, model }: AskedOf,
	failureClass: resilience.FailureClass,
	{ logger }: AnswerRooms,
): void {
	const { id: modelId, providerId } = model;
	const details = { turnId: turn.turnId, modelId, providerId, class: failureClass };
	if (failureClass === "auth" || failureClass === "no_credit")
		logger.error(details, "a provider refuses the key: its models do not answer until that is repaired");
	else logger.info(details, "a call of a model failed");
}

/** A provider that answers with another model may charge for another one, too. */
function tellOtherModel(
	{ turn, model }: AskedOf,
	{ otherModelId }: Attempt["call"],
	{ logger }: AnswerRooms,
): void {
	if (otherModelId === null) return;
	const details = { turnId: turn.turnId, modelId: model.id, providerId: model.providerId, otherModelId };
	logger.info(details, "a provider says that another model answered than the one it was asked for");
}

const toUncalled = (failure: resilience.Failure): Tried => ({ ending: failure, failure, wasCalled: false });
const paused = toUncalled(resilience.toFailure("spending_paused"));

/** Waits for its turn with the model, then calls it. */
async function tryModel(asked: AskedOf, attempts: Attempt[], rooms: AnswerRooms): Promise<Tried> {
	const { turn, model } = asked;
	const textBefore = attempts.at(-1)?.text ?? turn.textBefore;
	const fitted = fitConversation(asked, textBefore);
	const maxOutputTokens = Math.min(fitted.maxOutputTokens, turn.reservation.maxOutputTokens);
	if (await asked.isPaused(model.id)) return paused;
	const permit = await enter(asked, { tokens: fitted.inputTokens + maxOutputTokens }, rooms);
	if ("ending" in permit) return permit;
	try {
		// It may have stood in line for minutes.
		if (await asked.isPaused(model.id)) return paused;
		if (!wasAsked(model, attempts)) rooms.retryBudget.countRequest(model.providerId);
		const number = attempts.length + 1;
		const attempt = await readAttempt(
			{
				...{ number, model, fitted, maxOutputTokens, textBefore, permit },
				name: toCallName(turn.turnId, number),
				deadlines: toDeadlines(asked, rooms),
			},
			rooms,
		);
		attempts.push(attempt);
		tellOtherModel(asked, attempt.call, rooms);
		return { ...attempt, wasCalled: true };
	} finally {
		// Left before, unless nothing was called.
		permit.release({ failure: null, tokens: 0 });
	}
}

/** The model's own, as far as the turn's time reaches. */
function toDeadlines({ model, expiresAt, endsAt }: AskedOf, { clock }: AnswerRooms): resilience.Deadlines {
	const own = resilience.answerDeadlines(model);
	const toCut = (ms: number, dueAt: number) => Math.max(1, Math.min(ms, dueAt - clock.elapsed()));
	const firstContentMs = toCut(own.firstContentMs, expiresAt);
	return { ...own, firstContentMs, wholeMs: toCut(own.wholeMs, endsAt) };
}

async function enter(
	{ turn, model, expiresAt }: AskedOf,
	{ tokens }: { tokens: number },
	{ permits, emit, signal }: AnswerRooms,
): Promise<resilience.CallPermit | Tried> {
	try {
		const permit = await permits.acquire({
			...{ model, tokens, signal, userId: turn.userId, priority: turn.priority },
			expiresAtMs: expiresAt - resilience.callMsMin,
			onMove: (move) => emit({ type: "queue-move", ...move }),
		});
		if (!("class" in permit)) return permit;
		return toUncalled(permit);
	} catch (error) {
		if (!signal.aborted) throw error;
		return { ending: toRequestedEnding(signal.reason), failure: null, wasCalled: false };
	}
}

/** The conversation as the model reads it, with what the person has of the answer already. */
function fitConversation({ turn, model, messages }: AskedOf, textBefore: string): context.FittedContext {
	const isContinued = textBefore !== turn.textBefore;
	const whole = isContinued && turn.textBefore !== "" ? messages.slice(0, -2) : messages;
	return context.fit(isContinued ? toContinued(whole, textBefore) : whole, model);
}

export const toContinued = (messages: readonly ModelMessage[], text: string): readonly ModelMessage[] =>
	text === "" ? messages : [...messages, { role: "assistant", text }, { role: "user", text: continuation }];

/**
 * Makes sure that one call more is paid for: what the calls so far may cost and this one at most must be held. A call that
 * cannot be paid is not made.
 */
async function canPay(asked: AskedOf, attempts: readonly Attempt[], rooms: AnswerRooms): Promise<boolean> {
	const { turn, model } = asked;
	const { reservation } = turn;
	const fitted = fitConversation(asked, attempts.at(-1)?.text ?? turn.textBefore);
	const inputTokens = Math.ceil(fitted.inputTokens * inputMargin);
	const outputTokens = Math.min(fitted.maxOutputTokens, reservation.maxOutputTokens);
	const spent = attempts.reduce(
		(sum, { call }) => ({
			nanoUsd: sum.nanoUsd + toCostNanoUsd(call.usage, call.price.prices),
			tokens: sum.tokens + call.usage.inputTokens + call.usage.outputTokens,
		}),
		{ nanoUsd: 0n, tokens: 0 },
	);
	const { prices } = rooms.findPrice(model.id);
	const nanoUsd = spent.nanoUsd + toCostNanoUsdMax({ inputTokens, outputTokens }, prices);
	const tokens = spent.tokens + inputTokens + outputTokens;
	const more = {
		nanoUsd: nanoUsd > reservation.reservedNanoUsd ? nanoUsd - reservation.reservedNanoUsd : 0n,
		tokens: Math.max(0, tokens - reservation.reservedTokens),
	};
	return (more.nanoUsd === 0n && more.tokens === 0) || (await rooms.hold(more));
}
