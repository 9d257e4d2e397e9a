import { describe } from "vitest";
import type { TurnId } from "../../../../server/contract/ids.ts";
import { messageInvariants } from "./messages.ts";
import { testSabotages, withHistory, withMessage, withOther, withRequest, withTurn } from "./sabotage.ts";
import { good, sent, toIds } from "./sample-evidence.ts";

const [call] = good.calls;
if (!call) throw new Error("The sample has no call.");

describe("the invariants of messages", () => {
	testSabotages(messageInvariants, [
		["requests of every kind were accepted", withOther("edit", { ids: null }), 'the kind "edit"'],
		["requests of every kind were accepted", withHistory({ batches: [] }), 'the kind "batch"'],
		["every acknowledged message is kept, with one ended turn", { turns: [] }, "has 0 turns"],
		[
			"every acknowledged message is kept, with one ended turn",
			withMessage("question sent", "one"),
			"is lost",
		],
		["every acknowledged message is kept, with one ended turn", withMessage("answer sent", null), "is lost"],
		[
			"every acknowledged message is kept, with one ended turn",
			withTurn({ status: "running" }),
			"is still running",
		],
		[
			"posted again, a request is one turn with one reply",
			{ turns: [...good.turns, sent.turn] },
			"sent has 2 turns",
		],
		[
			"posted again, a request is one turn with one reply",
			withRequest({
				replies: [...sent.request.replies, ...sent.request.replies].map((reply, index) => ({
					...reply,
					ids: index === 0 ? reply.ids : toIds("other"),
				})),
			}),
			"sent was answered in 2 ways",
		],
		[
			"posted again, a request is one turn with one reply",
			withRequest({ ids: { ...toIds("sent"), turnId: "other" as TurnId } }),
			"was promised other",
		],
		[
			"one call of the provider at most, three with a fallback, one at least for text",
			{ calls: [...good.calls, { ...call, name: `${call.turnId}-2` }] },
			"made 2 calls",
		],
		[
			"one call of the provider at most, three with a fallback, one at least for text",
			{ calls: good.calls.slice(1) },
			"has text that the provider was not asked for",
		],
		[
			"every call of the provider is of an accepted turn or the server's own, and made once",
			{ calls: [...good.calls, { ...call, name: "other-1", turnId: "other" }] },
			"other-1 was called without an accepted turn",
		],
		[
			"every call of the provider is of an accepted turn or the server's own, and made once",
			{ calls: [...good.calls, { ...call, name: "unbooked", turnId: null }] },
			"unbooked was called without an accepted turn",
		],
		[
			"every call of the provider is of an accepted turn or the server's own, and made once",
			{ calls: [...good.calls, call] },
			"was called 2 times",
		],
	]);
});
