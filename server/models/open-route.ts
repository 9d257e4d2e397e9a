import {
	APICallError,
	InvalidResponseDataError,
	type LanguageModelV4,
	type LanguageModelV4Prompt,
	type LanguageModelV4StreamPart,
	TypeValidationError,
} from "@ai-sdk/provider";
import type { FinishReason, ModelMessage, ModelPart, TokenUsage } from "../contract/turn.ts";
import { toReportedModelId } from "./catalogue/model-name.ts";
import { toNameHeader, toRateHeaders, toRequestId } from "./http/headers.ts";
import type { ResponseStart, ResponseWatchers } from "./http/provider-fetch.ts";
import { createTextCleaner } from "./wires/clean-text.ts";
import { ProviderError } from "./wires/provider-error.ts";
import { toFinishReason, toTokenUsage } from "./wires/usage.ts";

/** How long an answer that has said its finish may keep its connection open, so that the next call can use it again. */
const drainTimeoutMs = 1_000;

export interface RouteCall {
	readonly languageModel: LanguageModelV4;
	readonly messages: readonly ModelMessage[];
	readonly maxOutputTokens: number;
	readonly signal: AbortSignal;
	readonly name?: string;
	readonly watchers: ResponseWatchers;
}

/**
 * Reads one answer through the AI SDK's provider package: `doStream` alone, because `streamText` adds transforms per
 * token and takes a connection that was reset in mid-stream for a success.
 *
 * Yields `response-start` as soon as the response's headers are here, and once more if the request's id only comes in
 * the first chunk; then text and reasoning; then one `finish`. A stream that ends without saying why finishes as
 * `unknown` without usage. The upstream connection is closed when the signal aborts and when the reader leaves.
 *
 * @throws ProviderError for whatever goes wrong outside; the signal's reason after an abort.
 */
export async function* openRoute(call: RouteCall): AsyncGenerator<ModelPart, void, undefined> {
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
		// The reader may leave before it is awaited; its failure then concerns nobody.
		opening.catch(() => undefined);
		const start = await Promise.race([headersArrived, opening.then(() => ({ headers: {} }))]);
		const providerRequestId = toRequestId(start.headers);
		yield { type: "response-start", providerRequestId, rateHeaders: toRateHeaders(start.headers) };
		const reader = (await opening).getReader();
		const translation = createTranslation(providerRequestId !== null);
		for (;;) {
			const { done, value } = await reader.read();
			const part = done ? translation.endEarly() : translation.next(value);
			if (part === null) continue;
			if (part.type !== "finish") {
				yield part;
				continue;
			}
			isFinished = true;
			drain(reader, upstream);
			yield* translation.flush();
			yield part;
			return;
		}
	} catch (error) {
		if (call.signal.aborted) throw call.signal.reason;
		throw toProviderError(error);
	} finally {
		call.signal.removeEventListener("abort", follow);
		if (!isFinished) upstream.abort();
	}
}

async function startStream(
	call: RouteCall,
	abortSignal: AbortSignal,
): Promise<ReadableStream<LanguageModelV4StreamPart>> {
	const { maxOutputTokens } = call;
	const headers = toNameHeader(call.name);
	const prompt = toPrompt(call.messages);
	return (await call.languageModel.doStream({ prompt, maxOutputTokens, headers, abortSignal })).stream;
}

/** Turns the AI SDK's parts into ours, one for one or into nothing. Throws what an error part holds. */
function createTranslation(hasRequestId: boolean) {
	const text = createTextCleaner();
	const reasoning = createTextCleaner();
	let reportedModelId: string | null = null;
	const toFinish = (finishReason: FinishReason, usage: TokenUsage | null): ModelPart => ({
		...{ type: "finish", finishReason, usage, ...(reportedModelId && { reportedModelId }) },
	});
	const endEarly = () => toFinish("unknown", null);
	return {
		endEarly,
		next(part: LanguageModelV4StreamPart): ModelPart | null {
			switch (part.type) {
				case "text-delta":
					return toDelta("text-delta", text.push(part.delta));
				case "reasoning-delta":
					return toDelta("reasoning-delta", reasoning.push(part.delta));
				case "response-metadata":
					reportedModelId ??= toReportedModelId(part.modelId);
					return hasRequestId || !part.id ? null : { type: "response-start", providerRequestId: part.id };
				case "error":
					if (isMissingFinish(part.error)) return endEarly();
					throw part.error;
				case "finish": {
					const finishReason = toFinishReason(part.finishReason.unified);
					// Of an answer that was cut off some providers have only counted the beginning.
					const isCutOff = part.finishReason.raw === undefined;
					return toFinish(finishReason, isCutOff ? null : toTokenUsage(part.usage));
				}
				default:
					return null;
			}
		},
		*flush(): Generator<ModelPart> {
			const rest = [toDelta("reasoning-delta", reasoning.flush()), toDelta("text-delta", text.flush())];
			for (const part of rest) if (part) yield part;
		},
	};
}

const toDelta = (type: "text-delta" | "reasoning-delta", text: string): ModelPart | null =>
	text === "" ? null : { type, text };

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

const toPrompt = (messages: readonly ModelMessage[]): LanguageModelV4Prompt =>
	messages.map(({ role, text }) =>
		role === "system" ? { role, content: text } : { role, content: [{ type: "text", text }] },
	);

function toProviderError(error: unknown): ProviderError {
	for (let cause = error; cause instanceof Error; cause = cause.cause) {
		if (cause instanceof ProviderError) return cause;
	}
	if (APICallError.isInstance(error)) {
		const { statusCode: status, responseHeaders: headers, responseBody, data } = error;
		const hasBrokenOff = isSuccess(status);
		return new ProviderError("stream", hasBrokenOff ? "The answer broke off." : error.message, {
			status: hasBrokenOff ? null : status,
			headers,
			body: responseBody ?? toBody(data),
			cause: error,
		});
	}
	if (TypeValidationError.isInstance(error) && !isErrorEvent(error.value))
		return toParseError(error, error.value);
	if (error instanceof SyntaxError || (error instanceof Error && error.name === "AI_JSONParseError")) {
		return toParseError(error, "text" in error ? error.text : undefined);
	}
	const event = TypeValidationError.isInstance(error) ? error.value : error;
	const message = error instanceof Error ? error.message : "The provider sent an error in its stream.";
	return new ProviderError("stream", message, { status: toStatus(event), body: toBody(event), cause: error });
}

const isSuccess = (status: number | undefined): boolean =>
	status !== undefined && status >= 200 && status < 300;

const toParseError = (cause: unknown, value: unknown): ProviderError =>
	new ProviderError("parse", "The provider sent something that is no part of an answer.", {
		body: toBody(value),
		cause,
	});

const isErrorEvent = (value: unknown): boolean =>
	typeof value === "object" && value !== null && "error" in value;

/** The AI SDK gives an error event of OpenAI or Anthropic the status that the same error has as a response. */
const toStatus = (event: unknown): number | null =>
	typeof event === "object" && event !== null && "statusCode" in event && typeof event.statusCode === "number"
		? event.statusCode
		: null;

function toBody(value: unknown): string {
	if (value === undefined || value instanceof Error) return "";
	return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}
