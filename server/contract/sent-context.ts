import { z } from "zod";
import { contextStrategies } from "./kinds.ts";
import { contextBudgetMax, contextBudgetMin } from "./limits.ts";

/** Why `auto` chose what it sent; of another strategy: `asked`. */
export const planReasons = [
	/** The whole conversation fits and is cheap enough. */
	"whole",
	/** The provider's cache is warm: the beginning of the call before stays as it was, and more is added after it. */
	"warm",
	/** The provider's cache is cold or the model is another: chosen again. */
	"cold",
	/** The window or a step of the price for long requests is near. */
	"limit",
	"asked",
] as const;

const tokens = z.int().nonnegative();

/** A part of a request. Messages are named by their first and last one along the branch. */
const sentItem = z.discriminatedUnion("type", [
	z.object({
		type: z.literal("messages"),
		first: z.uuid(),
		last: z.uuid(),
		count: z.int().positive(),
		tokens,
	}),
	/** Older messages that the question needs, added after the beginning. */
	z.object({ type: z.literal("evidence"), messageIds: z.array(z.uuid()), tokens }),
	z.object({ type: z.literal("summary"), summaryId: z.uuid(), tokens }),
]);

/** What a model was sent of a conversation, in order: kept with the call, shown by the inspector, and the beginning of the thread's next request. */
export const sentContext = z.object({
	version: z.literal(1),
	strategy: z.enum(contextStrategies),
	reason: z.enum(planReasons),
	items: z.array(sentItem),
	omittedMessages: z.int().nonnegative(),
	omittedTokens: tokens,
	/** An answer went on: so many characters of it were sent after the question, then what asks for the rest. */
	continuedCharacters: z.int().nonnegative().optional(),
});
export type SentContext = z.infer<typeof sentContext>;
export type SentItem = SentContext["items"][number];

/** As it is kept with a call; null in a call from before it was kept, of which it is not known. */
export const storedSent = z.union([sentContext, z.literal("whole").transform(() => null)]);
/** The whole conversation. */
export const sentWhole = "whole";

/** How one request wants its context chosen; absent: as the thread or the plan says. */
export const contextRequest = z.object({ strategy: z.enum(contextStrategies).optional() });
export type ContextRequest = z.infer<typeof contextRequest>;

/** How the context of a thread is chosen. Null: the strategy of the plan, and as many tokens as the model's window has room for. */
export const contextSettings = z.object({
	strategy: z.enum(contextStrategies).nullable(),
	tokensMax: z.int().min(contextBudgetMin).max(contextBudgetMax).nullable(),
});
export type ContextSettings = z.infer<typeof contextSettings>;
