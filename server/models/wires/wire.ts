import type { CacheWish } from "../../contract/kinds.ts";
import type { ModelMessage } from "../../contract/model-message.ts";
import type { AnswerFold, FoldOptions } from "./answer/answer-fold.ts";

/** One call of a model through a wire of this room. */
export interface WireCall {
	readonly provider: { readonly baseUrl: string; readonly apiKey: string | null };
	readonly providerModelId: string;
	readonly messages: readonly ModelMessage[];
	readonly maxOutputTokens: number;
	readonly signal: AbortSignal;
	readonly name?: string;
	readonly cacheKey?: string | undefined;
	readonly cacheWish?: CacheWish | undefined;
	/** Throws for redirects, pages and statuses that are no success. */
	readonly fetch: typeof fetch;
}

/** The form of requests to one deployment. */
export interface RequestShape {
	/** The name of the field for the output limit. */
	readonly outputLimitField: "max_tokens" | "max_completion_tokens";
	/** Whether the request asks for usage with `stream_options`. */
	readonly asksForUsage: boolean;
	/** Whether the request asks for a stream. */
	readonly streams: boolean;
	/** Whether consecutive messages of one role are merged. */
	readonly mergesRoles: boolean;
	/** Where instructions go: into a system message, or to the beginning of the first user message. */
	readonly systemRole: "system" | "user";
	/** The output limit in tokens; null: the catalogue's. */
	readonly outputTokensMax: number | null;
	/** Tokens of input and output together; null: the catalogue's. */
	readonly contextWindow: number | null;
	/** How long the provider is asked to keep what a request begins with, where it has to be asked; `auto`: as each call wishes. */
	readonly promptCache: "off" | "auto" | "5m" | "1h";
	/** Whether the request names what it shares with others, in `prompt_cache_key`. */
	readonly sendsCacheKey: boolean;
	/** Whether answers begin with reasoning that only a closing tag ends. */
	readonly beginsWithReasoning: boolean;
}

export interface WireRequest {
	/** Appended to the provider's base URL; may have a query. */
	readonly path: string;
	readonly headers: Readonly<Record<string, string>>;
	readonly body: unknown;
}

/** The JSON object of one event. */
export type WireEvent = Readonly<Record<string, unknown>>;

/** The API of a kind of provider. */
export interface Wire {
	readonly fold: Pick<FoldOptions, "usage" | "readsThinkTags">;
	toRequest(call: WireCall, shape: RequestShape): WireRequest;
	/**
	 * Returns a function that reads the events of one answer, in order, into the fold. It throws ProviderError for an event that reports
	 * an error.
	 */
	createReader(fold: AnswerFold): (event: WireEvent) => void;
}
