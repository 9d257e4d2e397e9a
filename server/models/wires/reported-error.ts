import { ProviderError } from "./provider-error.ts";
import type { WireEvent } from "./wire.ts";

/**
 * The error that an event reports, or null. Providers report it in `error` or `errors`, in an event that is an error itself
 * (`object: error` of vLLM, `type: error` of Anthropic), or as a code and a message without an answer (Alibaba, Baidu, FastAPI).
 */
export function toReportedError(event: WireEvent): ProviderError | null {
	return isError(event)
		? new ProviderError("stream", "The provider sent an error in its stream.", {
				body: JSON.stringify(event),
			})
		: null;
}

function isError(event: WireEvent): boolean {
	if (isFilled(event.error) || isFilled(event.errors)) return true;
	if (event.object === "error" || event.type === "error") return true;
	if (event.choices !== undefined || event.candidates !== undefined || event.usage !== undefined)
		return false;
	if (isFilled(event.error_code) || isFilled(event.error_msg) || isFilled(event.detail)) return true;
	const { message, code, status } = event;
	const isFailure =
		typeof status === "number" ? status >= 400 : isFilled(code) && !/^(2\d\d|ok|success)$/i.test(`${code}`);
	return typeof message === "string" && isFailure;
}

const isFilled = (value: unknown): boolean =>
	typeof value === "object" && value !== null ? Object.keys(value).length > 0 : Boolean(value);
