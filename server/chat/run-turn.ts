import * as cascade from "../cascade/index.ts";
import * as context from "../context/index.ts";
import { isAppError } from "../errors.ts";
import type { CatalogueModel, Models } from "../models/index.ts";
import type { TopUp } from "../quota/index.ts";
import * as resilience from "../resilience/index.ts";
import { sleep } from "../stream/index.ts";
import { type ModelMessage, toCallName } from "../turn.ts";
import { toCostNanoUsd, toCostNanoUsdMax } from "../usage/index.ts";
import type { AcceptedTurn } from "./accept-turn.ts";
import { type Attempt, type AttemptRooms, readAttempt } from "./attempt.ts";
import type { TurnOutcome } from "./close-turn.ts";
import { inputMargin } from "./quote-turn.ts";

/** What a model is asked for when its answer goes on; every provider understands it, unlike an answer that is pre-filled. */
export const continuation =
	"Continue your answer exactly where it ends. Repeat nothing and add no introduction.";

/** A person sees content or words within this time, whatever is tried meanwhile; a moment of it is for telling. */
const patienceMs = 45_000;
/** Calls of models until one answers. */
const attemptsMax = 3;
/** Times that another model goes on with an answer that broke off. */
const continuationsMax = 1;

/** What the corridor walks through, and where it puts what people may see. */
export interface TurnRooms extends AttemptRooms {
	readonly models: Pick<Models, "find" | "default" | "list" | "open">;
	/** Shared by all turns of the process. */
	readonly retryBudget: resilience.RetryBudget;
	/** The end of the conversation that the turn answers, as far back as that many characters reach. */
	readBranch(turn: AcceptedTurn, charactersMax: number): Promise<readonly ModelMessage[]>;
	/** Holds more for the turn; false when its limits have no room. */
	hold(more: TopUp): Promise<boolean>;
}

/** The corridor: one turn from its accepted message to its outcome. Every failure is an outcome; nothing is thrown. */
export async function runTurn(turn: AcceptedTurn, rooms: TurnRooms): Promise<TurnOutcome> {
	const startedAt = rooms.clock.elapsed();
	const attempts: Attempt[] = [];
	try {
		const { open } = turn.reservation;
		const { model, reason } = cascade.route(turn.requestedModel, rooms.models, open);
		const chain = cascade.toChain(model, rooms.models.list(), open);
		const messages = await readMessages(turn, chain, rooms);
		rooms.emit({ type: "route-choose", modelId: model.id, reason });
		const fitted = context.fit(messages, model);
		rooms.emit({
			type: "context-fit",
			inputTokens: fitted.inputTokens,
			contextWindow: model.contextWindow,
			omittedMessages: fitted.omittedMessages,
		});
		const last = await answer({ turn, chain, messages, expiresAt: startedAt + patienceMs }, attempts, rooms);
		return toOutcome(attempts, last, rooms.clock.elapsed() - startedAt);
	} catch (error) {
		return toRefusal(error, attempts, { turn, durationMs: rooms.clock.elapsed() - startedAt });
	}
}

async function readMessages(
	turn: AcceptedTurn,
	chain: readonly CatalogueModel[],
	rooms: TurnRooms,
): Promise<readonly ModelMessage[]> {
	const contextWindow = Math.max(...chain.map((model) => model.contextWindow));
	const messages = await rooms.readBranch(turn, context.toCharactersMax(contextWindow));
	return toContinued(messages, turn.textBefore);
}

const toContinued = (messages: readonly ModelMessage[], text: string): readonly ModelMessage[] =>
	text === "" ? messages : [...messages, { role: "assistant", text }, { role: "user", text: continuation }];

interface Asked {
	readonly turn: AcceptedTurn;
	/** The model that was chosen, then those that may answer in its place. */
	readonly chain: readonly CatalogueModel[];
	readonly messages: readonly ModelMessage[];
	/** By the monotonic clock. */
	readonly expiresAt: number;
}

/**
 * Calls models until one has answered, or until the turn's budget of calls, time or money ends. Before the first word another
 * model takes over in silence; after it only by going on with the same text, which the log shows.
 */
async function answer(asked: Asked, attempts: Attempt[], rooms: TurnRooms): Promise<Attempt> {
	const { chain, expiresAt } = asked;
	const models = [...chain];
	let model = take(models);
	let retriesHere = 0;
	let continuations = 0;
	rooms.retryBudget.countRequest(model.providerId);
	for (;;) {
		const attempt = await attemptOnce({ ...asked, model }, attempts, rooms);
		const { failure } = attempt;
		if (!failure) return attempt;
		const hasShown = hasContent(attempts);
		if (hasShown && failure.class !== "midstream") return toInterrupted(attempt);
		const rest = models.filter((each) => canRead(each, model, failure));
		if (failure.class === "midstream") {
			if (continuations++ === continuationsMax || rest.length === 0) return attempt;
		} else {
			const step = resilience.nextStep({
				...{ failure, retriesHere, attemptsMax, random: Math.random },
				attemptsMade: attempts.length,
				hasFallback: rest.length > 0,
				hasLargerFallback: rest.length > 0,
				waitMsMax: expiresAt - rooms.clock.elapsed(),
				canRetry: rooms.retryBudget.canRetry(model.providerId),
			});
			if (step.do === "end") return attempt;
			if (step.do === "retry") {
				rooms.retryBudget.countRetry(model.providerId);
				await sleep(step.afterMs, rooms.signal);
				if (!(await canPay({ ...asked, model }, attempts, rooms))) return attempt;
				retriesHere += 1;
				continue;
			}
		}
		const next = rest[0];
		if (!next || !(await canPay({ ...asked, model: next }, attempts, rooms))) return attempt;
		models.splice(0, models.indexOf(next) + 1);
		model = next;
		retriesHere = 0;
		rooms.retryBudget.countRequest(model.providerId);
	}
}

/** The person has seen something of this turn. */
const hasContent = (attempts: readonly Attempt[]): boolean =>
	attempts.some(({ call }) => call.firstTokenMs !== null);

/** A continuation that failed leaves what there was; a filter's verdict on it stays one. */
function toInterrupted(attempt: Attempt): Attempt {
	if (attempt.ending.status === "filtered_response") return attempt;
	return { ...attempt, ending: resilience.toFailure("midstream") };
}

function take(models: CatalogueModel[]): CatalogueModel {
	const model = models.shift();
	if (!model) throw new Error("A chain begins with the model that was chosen.");
	return model;
}

/** Whether another model can do better at a failure of this kind. */
const canRead = (other: CatalogueModel, model: CatalogueModel, { class: failure }: resilience.Failure) =>
	failure !== "context_length" || other.contextWindow > model.contextWindow;

interface AskedOf extends Asked {
	readonly model: CatalogueModel;
}

async function attemptOnce(asked: AskedOf, attempts: Attempt[], rooms: TurnRooms): Promise<Attempt> {
	const { turn, model, expiresAt } = asked;
	const number = attempts.length + 1;
	const textBefore = attempts.at(-1)?.text ?? turn.textBefore;
	const fitted = fitConversation(asked, textBefore);
	const deadlines = resilience.answerDeadlines(model);
	const firstContentMs = Math.max(1, Math.min(deadlines.firstContentMs, expiresAt - rooms.clock.elapsed()));
	const attempt = await readAttempt(
		{
			...{ number, model, fitted, textBefore, name: toCallName(turn.turnId, number) },
			maxOutputTokens: Math.min(fitted.maxOutputTokens, turn.reservation.maxOutputTokens),
			deadlines: hasContent(attempts) ? deadlines : { ...deadlines, firstContentMs },
		},
		rooms,
	);
	attempts.push(attempt);
	return attempt;
}

/** The conversation as the model reads it, with what the person has of the answer already. */
function fitConversation({ turn, model, messages }: AskedOf, textBefore: string): context.FittedContext {
	const isContinued = textBefore !== turn.textBefore;
	const whole = isContinued && turn.textBefore !== "" ? messages.slice(0, -2) : messages;
	return context.fit(isContinued ? toContinued(whole, textBefore) : whole, model);
}

/**
 * Makes sure that one call more is paid for: what the calls so far may cost and this one at most must be held. A call that
 * cannot be paid is not made.
 */
async function canPay(asked: AskedOf, attempts: readonly Attempt[], rooms: TurnRooms): Promise<boolean> {
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

function toOutcome(attempts: readonly Attempt[], last: Attempt, durationMs: number): TurnOutcome {
	const { call } = last;
	return {
		...last.ending,
		text: last.text,
		calls: attempts.map((attempt) => attempt.call),
		receipt: {
			modelId: call.modelId,
			attempts: attempts.length,
			usage: call.usage,
			firstTokenMs: call.firstTokenMs,
			durationMs: Math.round(durationMs),
			finishReason: call.finishReason,
		},
	};
}

/** A turn that ended without a model's doing: before any was called, or because storage gave way between two calls. */
function toRefusal(
	error: unknown,
	attempts: readonly Attempt[],
	{ turn, durationMs }: { turn: AcceptedTurn; durationMs: number },
): TurnOutcome {
	const receipt = {
		...{ modelId: null, attempts: attempts.length, usage: null, firstTokenMs: null, finishReason: null },
		durationMs: Math.round(durationMs),
	};
	return {
		status: "failed",
		code: isAppError(error) ? error.code : "internal",
		text: attempts.at(-1)?.text ?? turn.textBefore,
		calls: attempts.map((attempt) => attempt.call),
		receipt,
	};
}
