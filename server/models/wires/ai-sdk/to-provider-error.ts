import { APICallError, TypeValidationError } from "@ai-sdk/provider";
import { ProviderError } from "../provider-error.ts";

/** The failure of a provider that an error of the AI SDK stands for. */
export function toProviderError(error: unknown): ProviderError {
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
