import { ProviderError } from "./provider-error.ts";
import type { WireEvent } from "./wire.ts";
import { toFields } from "./wire-value.ts";

/**
 * The error that an event reports, or null. Providers report it in `error` or `errors`, in an event that is an error itself
 * (`object: error` of vLLM, `type: error` of Anthropic), in a status of their own (`base_resp` of MiniMax), or as a code, a status or
 * a missing success beside a message, without an answer (Alibaba, Baidu, FastAPI, Cloudflare, Apigee).
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
	if (isFilled(toFields(event.base_resp).status_code)) return true;
	if (event.choices !== undefined || event.candidates !== undefined || event.usage !== undefined)
		return false;
	return errorFields.some((name) => isFilled(event[name])) || isFailure(event);
}

/** In an event without an answer. */
const errorFields = ["error_code", "error_msg", "error_message", "detail", "fault", "Error"];

function isFailure({ message, msg, code, status, success }: WireEvent): boolean {
	if (typeof (message ?? msg) !== "string") return false;
	if (success === false) return true;
	if (typeof status === "number") return status >= 400;
	if (typeof status === "string" && /^(error|fail)/i.test(status)) return true;
	return isFilled(code) && !/^(2\d\d|ok|success)$/i.test(`${code}`);
}

const isFilled = (value: unknown): boolean =>
	typeof value === "object" && value !== null ? Object.keys(value).length > 0 : Boolean(value);
