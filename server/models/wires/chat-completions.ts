import type { FinishReason, ModelMessage, ModelPart, TokenUsage } from "../../contract/turn.ts";
import { toReportedModelId } from "../catalogue/model-name.ts";
import { createEventStreamParser } from "../http/event-stream.ts";
import { toNameHeader, toRateHeaders, toRequestId } from "../http/headers.ts";
import type { ByteReader } from "../http/response-body.ts";
import { createTextCleaner } from "./clean-text.ts";
import { ProviderError } from "./provider-error.ts";
import { toReportedUsage } from "./usage.ts";

/** How long an answer that has said its finish may keep its connection open, so that the next call can use it again. */
const drainTimeoutMs = 1_000;

export interface ChatCompletionsCall {
	readonly provider: { readonly baseUrl: string; readonly apiKey: string | null };
	readonly providerModelId: string;
	readonly messages: readonly ModelMessage[];
	readonly maxOutputTokens: number;
	readonly signal: AbortSignal;
	readonly name?: string;
	/** The providers' one fetch: it has refused whatever is no event stream. */
	readonly fetch: typeof fetch;
}

/**
 * Reads one answer on OpenAI's chat-completions wire without the AI SDK, whose web streams and per-chunk schemas cost more than all
 * the rest of a turn. Parts, order and failures are those of `openRoute`, which a differential test holds it to.
 *
 * @throws ProviderError for whatever goes wrong outside; the signal's reason after an abort.
 */
export async function* openChatCompletions(
	call: ChatCompletionsCall,
): AsyncGenerator<ModelPart, void, undefined> {
	call.signal.throwIfAborted();
	const upstream = new AbortController();
	const follow = () => upstream.abort(call.signal.reason);
	call.signal.addEventListener("abort", follow, { once: true });
	let isFinished = false;
	try {
		const response = await request(call, upstream.signal);
		const headers = Object.fromEntries(response.headers);
		const providerRequestId = toRequestId(headers);
		yield { type: "response-start", providerRequestId, rateHeaders: toRateHeaders(headers) };
		// As: the providers' fetch hands out a plain reader of bytes, and a response that is ok has a body.
		const reader = response.body?.getReader() as ByteReader;
		const answer = createAnswer(providerRequestId !== null);
		const parser = createEventStreamParser();
		while (!answer.isDone) {
			const { done, value } = await reader.read();
			if (done) break;
			for (const data of parser.push(value)) yield* answer.take(data);
		}
		isFinished = true;
		drain(reader, upstream);
		yield* answer.end();
	} catch (error) {
		if (call.signal.aborted) throw call.signal.reason;
		if (error instanceof ProviderError) throw error;
		throw new ProviderError("stream", "The answer broke off.", { cause: error });
	} finally {
		call.signal.removeEventListener("abort", follow);
		if (!isFinished) upstream.abort();
	}
}

function request(call: ChatCompletionsCall, signal: AbortSignal): Promise<Response> {
	const { baseUrl, apiKey } = call.provider;
	return call.fetch(`${baseUrl.replace(/\/+$/, "")}/chat/completions`, {
		method: "POST",
		headers: {
			"content-type": "application/json",
			...(apiKey && { authorization: `Bearer ${apiKey}` }),
			...toNameHeader(call.name),
		},
		body: JSON.stringify({
			model: call.providerModelId,
			max_tokens: call.maxOutputTokens,
			messages: call.messages.map(({ role, text }) => ({ role, content: text })),
			stream: true,
			stream_options: { include_usage: true },
		}),
		signal,
	});
}

/** The fields of a chunk that count, as far as a chunk can be trusted to have them. */
interface Chunk {
	readonly id?: unknown;
	readonly model?: unknown;
	readonly error?: unknown;
	readonly usage?: unknown;
	readonly choices?: unknown;
}

interface Choice {
	readonly delta?: {
		readonly content?: unknown;
		readonly reasoning_content?: unknown;
		readonly reasoning?: unknown;
	};
	readonly finish_reason?: unknown;
	/** Azure's word on its filter. */
	readonly content_filter_results?: { readonly error?: unknown } | null;
}

/** Folds the events of one answer into parts. */
function createAnswer(hasRequestId: boolean) {
	const text = createTextCleaner();
	const reasoning = createTextCleaner();
	let needsId = !hasRequestId;
	let finishReason: FinishReason | null = null;
	let usage: TokenUsage | null = null;
	let isDone = false;
	let isUnfiltered = false;
	let reportedModelId: string | null = null;

	function* toDeltas({ delta, finish_reason, content_filter_results }: Choice): Generator<ModelPart> {
		if (content_filter_results?.error) isUnfiltered = true;
		const thought = delta?.reasoning_content ?? delta?.reasoning;
		if (typeof thought === "string") yield* toDelta("reasoning-delta", reasoning.push(thought));
		if (typeof delta?.content === "string") yield* toDelta("text-delta", text.push(delta.content));
		if (finish_reason !== undefined && finish_reason !== null) finishReason = toFinishReason(finish_reason);
	}

	return {
		get isDone() {
			return isDone;
		},
		*take(data: string): Generator<ModelPart> {
			if (isDone) return;
			if (data === "[DONE]") {
				isDone = true;
				return;
			}
			const chunk = parseChunk(data);
			if (needsId && typeof chunk.id === "string" && chunk.id !== "") {
				needsId = false;
				yield { type: "response-start", providerRequestId: chunk.id };
			}
			reportedModelId ??= toReportedModelId(chunk.model);
			if (chunk.usage) usage = toReportedUsage(chunk.usage);
			const [choice] = chunk.choices as readonly Choice[];
			if (choice) yield* toDeltas(choice);
		},
		/** Of an answer that did not say why it ended, a provider may only have counted the beginning. */
		*end(): Generator<ModelPart> {
			yield* toDelta("reasoning-delta", reasoning.flush());
			yield* toDelta("text-delta", text.flush());
			const end = { type: "finish", ...(reportedModelId && { reportedModelId }) } as const;
			yield finishReason === null
				? { ...end, finishReason: "unknown", usage: null }
				: { ...end, finishReason, usage, ...(isUnfiltered && { isUnfiltered }) };
		},
	};
}

function* toDelta(type: "text-delta" | "reasoning-delta", text: string): Generator<ModelPart> {
	if (text !== "") yield { type, text };
}

/** @throws ProviderError for an error event, and for whatever is no chunk of an answer. */
function parseChunk(data: string): Chunk {
	let chunk: Chunk | null = null;
	try {
		chunk = JSON.parse(data);
	} catch (cause) {
		throw toParseError(data, cause);
	}
	if (typeof chunk !== "object" || chunk === null) throw toParseError(data);
	if (chunk.error !== undefined && chunk.error !== null)
		throw new ProviderError("stream", "The provider sent an error in its stream.", { body: data });
	if (!Array.isArray(chunk.choices)) throw toParseError(data);
	return chunk;
}

const toParseError = (body: string, cause?: unknown): ProviderError =>
	new ProviderError("parse", "The provider sent something that is no part of an answer.", { body, cause });

/** Anything new says that the provider did not tell why it ended. */
function toFinishReason(reason: unknown): FinishReason {
	switch (reason) {
		case "stop":
		case "length":
			return reason;
		case "content_filter":
			return "content-filter";
		case "tool_calls":
		case "function_call":
			return "tool-calls";
		default:
			return "unknown";
	}
}

/** Lets the response end by itself for a moment; a connection that lingers is closed. */
function drain(reader: ByteReader, upstream: AbortController): void {
	const expiry = setTimeout(() => upstream.abort(), drainTimeoutMs).unref();
	const readOn = async () => {
		while (!(await reader.read()).done);
	};
	readOn()
		.catch(() => undefined)
		.finally(() => clearTimeout(expiry));
}
