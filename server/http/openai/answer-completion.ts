import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import type { Viewer } from "../../auth/index.ts";
import { AppError } from "../../contract/errors.ts";
import { emptyTurnView, foldEvent, type TurnView } from "../../contract/fold.ts";
import type { LoggedEvent, TurnEnd, TurnIds } from "../../contract/turn.ts";
import { type RequestContext, requireScope, takeRate } from "../../routers/index.ts";
import { toRateHeaders } from "../rate-headers.ts";
import { type OpenStream, openStream, type Streams } from "../streams/open-streams.ts";
import { type CompletionCall, readCall } from "./read-call.ts";
import { toErrorBody, toShown } from "./send-error.ts";
import {
	type CompletionHead,
	isAnswer,
	toChunk,
	toCompletion,
	toFailureCode,
	toUsageChunk,
	toUsd,
} from "./to-completion.ts";

/** How long a caller without a stream waits, as `chat.complete` does. */
const waitMsMax = 300_000;
/** When a stream begins whose model has said nothing yet: proxies and clients wait about a minute for a response. */
const silentMsMax = 10_000;
const pingMs = 10_000;

export interface CallerOf {
	readonly context: RequestContext & { readonly viewer: Viewer };
	readonly streams: Streams;
}

/**
 * Answers a chat completion: one ordinary turn of the key's owner, in a thread that is in no list. A caller who leaves does not stop it.
 *
 * @throws AppError before anything is written; in the middle of a stream a failure is its last event.
 */
export async function answerCompletion(
	response: ServerResponse,
	body: unknown,
	{ context, streams }: CallerOf,
): Promise<void> {
	const { viewer, services } = context;
	if (viewer.key) requireScope(viewer.key, "chat:write");
	const call = readCall(body);
	const stream = openStream(streams, response, { viewer, path: "chat.follow" });
	try {
		const ids = await send(call, context);
		const late = call.isStream
			? stream.signal
			: AbortSignal.any([stream.signal, AbortSignal.timeout(waitMsMax)]);
		const events = services.chat.follow(viewer, { turnId: ids.turnId, after: null }, late);
		const reading = { call, ids, events, stream, context };
		await (call.isStream ? writeStream(response, reading) : writeWhole(response, reading));
	} finally {
		stream.close();
	}
}

async function send(call: CompletionCall, context: CallerOf["context"]): Promise<TurnIds> {
	const { viewer, services, idempotencyKey } = context;
	const { parts, earlier, model, maxOutputTokens } = call;
	const message = {
		clientMessageId: idempotencyKey ?? randomUUID(),
		keyId: viewer.key?.keyId,
		onReplay: await takeRate(context, idempotencyKey),
		parts,
		earlier,
		model,
		...(maxOutputTokens !== undefined && { maxOutputTokens }),
		// What the caller sends is what the model reads, or the call is refused.
		context: { strategy: "full" as const },
	};
	return await services.chat.send(viewer.userId, message, "api");
}

interface Reading {
	readonly call: CompletionCall;
	readonly ids: TurnIds;
	readonly events: AsyncGenerator<LoggedEvent, void>;
	readonly stream: OpenStream;
	readonly context: CallerOf["context"];
}

const toHead = ({ ids, call }: Reading, view: TurnView): CompletionHead => ({
	turnId: ids.turnId,
	modelId: view.end?.receipt.modelId ?? view.modelId ?? call.model,
});

const toFailure = ({ ids }: Reading, end: TurnEnd): AppError =>
	new AppError(toFailureCode(end), "The model gave no whole answer.", {
		details: {
			turn_id: ids.turnId,
			status: end.status,
			...(end.receipt.failure && { failure: end.receipt.failure.class }),
		},
	});

async function writeWhole(response: ServerResponse, reading: Reading): Promise<void> {
	let view = emptyTurnView;
	for await (const { event } of reading.events) view = foldEvent(view, event);
	const { end } = view;
	if (reading.stream.signal.aborted) return;
	if (!end)
		throw new AppError(
			"timeout",
			"The answer is still being written: ask again with the same Idempotency-Key.",
			{
				details: { turn_id: reading.ids.turnId },
			},
		);
	if (!isAnswer(end)) throw toFailure(reading, end);
	const head = toHead(reading, view);
	const body = JSON.stringify(toCompletion(head, view.text, end));
	response.writeHead(200, {
		"content-type": "application/json",
		"content-length": Buffer.byteLength(body),
		"x-parley-model": head.modelId,
		...(end.receipt.costNanoUsd !== null && { "x-parley-cost-usd": toUsd(end.receipt.costNanoUsd) }),
		...toRateHeaders(reading.context.rates, []),
	});
	response.end(body);
}

/**
 * The head is held back until the model says something, so that a failure before that has a status of its own; but not for long.
 */
async function writeStream(response: ServerResponse, reading: Reading): Promise<void> {
	const { stream, context } = reading;
	const begin = () => {
		if (response.headersSent || response.destroyed) return;
		response.writeHead(200, {
			"content-type": "text/event-stream",
			"cache-control": "no-cache, no-transform",
			"x-accel-buffering": "no",
			...toRateHeaders(context.rates, []),
		});
		response.flushHeaders();
	};
	const silent = setTimeout(begin, silentMsMax);
	const ping = setInterval(() => {
		if (response.headersSent && response.writableLength === 0) response.write(": ping\n\n");
	}, pingMs);
	try {
		await writeChunks(reading, begin);
		if (!response.destroyed && !stream.signal.aborted) response.end("data: [DONE]\n\n");
		else response.destroy();
	} catch (error) {
		if (!response.headersSent) throw error;
		const { body } = toErrorBody(toShown(error), context.requestId);
		response.end(toLine(body));
	} finally {
		clearTimeout(silent);
		clearInterval(ping);
	}
}

async function writeChunks(reading: Reading, begin: () => void): Promise<void> {
	const { events, stream, call } = reading;
	let view = emptyTurnView;
	let sent = "";
	let isBegun = false;
	const write = async (value: object) => {
		begin();
		await stream.write(toLine(value));
	};
	const writeText = async () => {
		if (view.text === sent) return;
		// A piece that was sent cannot be taken back.
		if (!view.text.startsWith(sent))
			throw new AppError("stream_interrupted", "The answer was begun again.", {
				details: { turn_id: reading.ids.turnId },
			});
		const content = view.text.slice(sent.length);
		sent = view.text;
		const role = isBegun ? {} : { role: "assistant" as const };
		isBegun = true;
		await write(toChunk(toHead(reading, view), { ...role, content }));
	};
	for await (const { event } of events) {
		view = foldEvent(view, event);
		await writeText();
		if (stream.signal.aborted) return;
	}
	const { end } = view;
	if (!end) return;
	if (!isAnswer(end)) throw toFailure(reading, end);
	const head = toHead(reading, view);
	await write(toChunk(head, isBegun ? {} : { role: "assistant", content: "" }, end));
	if (call.hasUsage) await write(toUsageChunk(head, end));
}

const toLine = (value: object): string => `data: ${JSON.stringify(value)}\n\n`;
