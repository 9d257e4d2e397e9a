import { toStorableText } from "./answer/clean-text.ts";

/**
 * Where a model call failed. `connect`: no response arrived. `http`: a status that is not 2xx. `stream`: after the
 * response began (an error event, a reset). `parse`: a 2xx response that is not what the provider's API promises.
 */
export type ProviderErrorKind = "connect" | "http" | "stream" | "parse";

/** Bytes of an error body that are kept, for logs and for classification. */
export const errorBodyBytesMax = 2_048;

interface ProviderErrorDetails {
	readonly status?: number | null;
	/** Names in lower case. */
	readonly headers?: Record<string, string>;
	readonly body?: string;
	readonly cause?: unknown;
}

/**
 * The one failure that a model call ends with, apart from the caller's own abort. `body` is the start of what the
 * provider said and may repeat a person's words: never logged whole, never shown to another person.
 */
export class ProviderError extends Error {
	override readonly name = "ProviderError";
	readonly kind: ProviderErrorKind;
	/** Of the response; `null` when none arrived or the error came in its stream. */
	readonly status: number | null;
	readonly headers: Record<string, string>;
	readonly body: string;
	readonly isContentFilter: boolean;

	constructor(kind: ProviderErrorKind, message: string, details: ProviderErrorDetails = {}) {
		super(toStorableText(message), { cause: details.cause });
		this.kind = kind;
		this.status = details.status ?? null;
		this.headers = details.headers ?? {};
		this.body = cutToBytes(details.body ?? "", errorBodyBytesMax);
		this.isContentFilter = isContentFilterBody(this.body);
	}
}

/** The start of `text` that takes at most `bytesMax` bytes as UTF-8 and can be stored: without half characters and U+0000. */
export function cutToBytes(text: string, bytesMax: number): string {
	const wellFormed = toStorableText(text);
	if (Buffer.byteLength(wellFormed) <= bytesMax) return wellFormed;
	return new TextDecoder().decode(Buffer.from(wellFormed).subarray(0, bytesMax), { stream: true });
}

/**
 * Codes of a refusal by a content filter: OpenAI and Azure OpenAI (`content_filter`, `content_policy_violation`,
 * `ResponsibleAIPolicyViolation`, `invalid_prompt`, `moderation_blocked`), Alibaba (`data_inspection_failed`) and Google (`prohibited_content`). The
 * whole word counts: Azure's `content_filter_error` says that the filter itself was out of order and refused nothing.
 */
const filterCode =
	/"(content_filter|content_policy_violation|invalid_prompt|moderation_blocked|data_inspection_failed|responsibleaipolicyviolation|prohibited_content|content_policy)"/i;

/** Providers that have no code of their own for it: Anthropic, OpenAI images, DeepSeek, xAI. */
const filterWords =
	/content filtering policy|content management policy|our safety system|content exists risk|content violates usage guidelines/i;

function isContentFilterBody(body: string): boolean {
	return filterCode.test(body) || filterWords.test(body);
}
