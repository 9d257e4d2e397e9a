import {
	InvalidResponseDataError,
	type LanguageModelV4,
	type LanguageModelV4StreamPart,
} from "@ai-sdk/provider";
import { isAppError } from "../../../contract/errors.ts";
import type { ModelMessage, ModelPart } from "../../../contract/model-message.ts";
import { toNameHeader, toRateHeaders, toRequestId } from "../../http/headers.ts";
import type { ResponseStart, ResponseWatchers } from "../../http/provider-fetch.ts";
import { AnswerFold } from "../answer/answer-fold.ts";
import { toPrompt } from "./prompt.ts";
import { toProviderError } from "./to-provider-error.ts";

/** How long an answer that has said its finish may keep its connection open, so that the next call can use it again. */
const drainTimeoutMs = 1_000;

export interface AiSdkCall {
	readonly languageModel: LanguageModelV4;
	readonly messages: readonly ModelMessage[];
	readonly maxOutputTokens: number;
	readonly signal: AbortSignal;
	readonly name?: string;
	readonly cacheKey?: string | undefined;
	readonly watchers: ResponseWatchers;
}

/**
 * Reads one answer through the AI SDK's provider packages, for APIs without a wire in this room. It uses `doStream` alone, because
 * `streamText` adds transforms per token and reports a connection that was reset as success. Parts, order and failures are those of
 * `openAnswer`.
 *
 * @throws ProviderError for every failure of the provider; the signal's reason after an abort.
 */
export async function* openWithAiSdk(call: AiSdkCall): AsyncGenerator<ModelPart, void, undefined> {
	call.signal.throwIfAborted();
	const upstream = new AbortController();
	const follow = () => upstream.abort(call.signal.reason);
	call.signal.addEventListener("abort", follow, { once: true });
	let isFinished = false;
	try {
		const headersArrived = new Promise<ResponseStart>((resolve) =>
			call.watchers.set(upstream.signal, resolve),
		);
		const opening = startStream(call, upstream.signal);
		// When the consumer stops before it awaits the stream, a failure must not be an unhandled rejection.
		opening.catch(() => undefined);
		const start = await Promise.race([headersArrived, opening.then(() => ({ headers: {} }))]);
		const providerRequestId = toRequestId(start.headers);
		yield { type: "response-start", providerRequestId, rateHeaders: toRateHeaders(start.headers) };
		const reader = (await opening).getReader();
		const fold = new AnswerFold({ hasRequestId: providerRequestId !== null });
		for (;;) {
			const { done, value } = await reader.read();
			if (done || !take(value, fold)) break;
			yield* fold.take();
		}
		isFinished = true;
		drain(reader, upstream);
		fold.end();
		yield* fold.take();
	} catch (error) {
		if (call.signal.aborted) throw call.signal.reason;
		throw isAppError(error) ? error : toProviderError(error);
	} finally {
		call.signal.removeEventListener("abort", follow);
		if (!isFinished) upstream.abort();
	}
}

async function startStream(
	call: AiSdkCall,
	abortSignal: AbortSignal,
): Promise<ReadableStream<LanguageModelV4StreamPart>> {
	const { maxOutputTokens, cacheKey } = call;
	const headers = toNameHeader(call.name);
	const prompt = toPrompt(call.messages);
	// Without this OpenAI stores the conversation.
	const providerOptions = { openai: { store: false, ...(cacheKey && { promptCacheKey: cacheKey }) } };
	const options = { prompt, maxOutputTokens, headers, providerOptions, abortSignal };
	return (await call.languageModel.doStream(options)).stream;
}

const isCut: ReadonlySet<string> = new Set(["other", "interrupted", "unknown"]);

/** Reads a part of the AI SDK into the fold; false for the last part. Throws the error of an error part. */
function take(part: LanguageModelV4StreamPart, fold: AnswerFold): boolean {
	switch (part.type) {
		case "text-delta":
			fold.text(part.delta);
			return true;
		case "reasoning-delta":
			fold.reasoning(part.delta);
			return true;
		case "tool-call":
			fold.toolCall(part.toolCallId, { id: part.toolCallId, name: part.toolName, input: part.input });
			return true;
		case "response-metadata":
			fold.requestId(part.id);
			fold.model(part.modelId);
			return true;
		case "error":
			if (isMissingFinish(part.error)) return false;
			throw part.error;
		case "finish": {
			const { raw, unified } = part.finishReason;
			// The AI SDK reports these for answers that were cut off.
			fold.finish(raw ?? (isCut.has(unified) ? null : unified));
			fold.usage(part.usage.raw);
			return false;
		}
		default:
			return true;
	}
}

/** The OpenAI-compatible package reports an end without a finish reason as an error, with no data; the others do not. */
const isMissingFinish = (error: unknown): boolean =>
	InvalidResponseDataError.isInstance(error) && error.data === undefined;

/** Lets the response end by itself for a moment; a connection that lingers is closed. */
function drain(
	reader: ReadableStreamDefaultReader<LanguageModelV4StreamPart>,
	upstream: AbortController,
): void {
	const expiry = setTimeout(() => upstream.abort(), drainTimeoutMs).unref();
	const readOn = async () => {
		while (!(await reader.read()).done);
	};
	readOn()
		.catch(() => undefined)
		.finally(() => clearTimeout(expiry));
}
