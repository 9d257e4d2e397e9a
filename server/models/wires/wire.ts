import type { ModelMessage } from "../../contract/turn.ts";
import type { AnswerFold, FoldOptions } from "./answer/answer-fold.ts";

/** One call of a model on a wire that this room reads itself. */
export interface WireCall {
	readonly provider: { readonly baseUrl: string; readonly apiKey: string | null };
	readonly providerModelId: string;
	readonly messages: readonly ModelMessage[];
	readonly maxOutputTokens: number;
	readonly signal: AbortSignal;
	readonly name?: string;
	/** The providers' one fetch: it has refused pages, redirects and every status that is no success. */
	readonly fetch: typeof fetch;
}

/** What differs between deployments in how they want to be asked. */
export interface RequestShape {
	/** The field for the output limit. */
	readonly outputLimitField: "max_tokens" | "max_completion_tokens";
	/** Whether usage is asked for with `stream_options`. */
	readonly asksForUsage: boolean;
	/** Whether the answer is asked for as a stream. */
	readonly streams: boolean;
	/** Whether messages in a row of one role are sent as one. */
	readonly mergesRoles: boolean;
	/** How instructions are sent: as the system's, or at the beginning of the first user message. */
	readonly systemRole: "system" | "user";
	/** Tokens that one answer may have; null: as the catalogue says. */
	readonly outputTokensMax: number | null;
	/** Tokens of input and output together; null: as the catalogue says. */
	readonly contextWindow: number | null;
	/** Whether answers begin inside of a thought, without the sign that begins it. */
	readonly beginsInThought: boolean;
}

export interface WireRequest {
	/** Behind the provider's base URL; may have a query. */
	readonly path: string;
	readonly headers: Readonly<Record<string, string>>;
	readonly body: unknown;
}

/** An event's JSON object; every field is unknown. */
export type WireEvent = Readonly<Record<string, unknown>>;

/** A provider's API for one streamed answer. */
export interface Wire {
	readonly fold: Pick<FoldOptions, "usage" | "readsThinkTags">;
	toRequest(call: WireCall, shape: RequestShape): WireRequest;
	/**
	 * Returns what takes the events of one answer, in order, and says their content to the fold.
	 *
	 * @throws ProviderError, from each event, for an error that the provider reports in it.
	 */
	createReader(fold: AnswerFold): (event: WireEvent) => void;
}
