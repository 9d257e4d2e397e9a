/** What a model reads and what it says, whatever its provider. */
import type { MessagePart } from "./parts.ts";
import type { TokenUsage } from "./turn.ts";

/** One message as a model reads it. */
export interface ModelMessage {
	readonly role: "system" | "user" | "assistant";
	readonly parts: readonly MessagePart[];
}

/** `unknown` is a stream that ended without saying why: never a complete answer. */
export type FinishReason = "stop" | "length" | "content-filter" | "tool-calls" | "error" | "unknown";

/** What reading a model's answer yields, whatever the provider. Exactly one `finish`, last; a failure throws instead. */
export type ModelPart =
	| {
			readonly type: "response-start";
			readonly providerRequestId: string | null;
			/** What the response said about its provider's limits; names in lower case. */
			readonly rateHeaders?: Readonly<Record<string, string>>;
	  }
	| { readonly type: "text-delta"; readonly text: string }
	| { readonly type: "reasoning-delta"; readonly text: string }
	/** A tool that the model wants to be called, complete; `input` is parsed JSON, or the text where it is none. */
	| {
			readonly type: "tool-call";
			readonly callId: string;
			readonly toolName: string;
			readonly input: unknown;
	  }
	| {
			readonly type: "finish";
			readonly finishReason: FinishReason;
			readonly usage: TokenUsage | null;
			/** The model that has answered, in the provider's own words. */
			readonly reportedModelId?: string;
			/** The provider says that its content filter was out of order and judged nothing. */
			readonly isUnfiltered?: boolean;
			/** What the call has cost, where the provider says so; it comes before what tokens and prices make. */
			readonly reportedCostNanoUsd?: bigint;
	  };

export const toTextMessage = (role: ModelMessage["role"], text: string): ModelMessage => ({
	role,
	parts: [{ type: "text", text }],
});
