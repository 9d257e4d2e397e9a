import { describe } from "vitest";
import type { TurnId } from "../../../../server/contract/ids.ts";
import type { Reply } from "../clients/history.ts";
import { kindInvariants } from "./kinds.ts";
import { testSabotages, withBatch, withOther } from "./sabotage.ts";
import { continued, end, good, receipt, regenerated, say, toIds, toLog } from "./sample-evidence.ts";

const toReply = (completion: Reply["completion"]): Reply => ({
	askedAtMs: 0,
	answeredAtMs: 10,
	via: 0,
	ids: toIds("completed"),
	code: null,
	completion,
});

describe("the invariants of the kinds of requests", () => {
	testSabotages(kindInvariants, [
		[
			"an edited message stands beside the first one, which is kept",
			{
				messages: new Map(good.messages).set("question edited", {
					text: "one two [[sim text=echo]]",
					parentId: "other",
				}),
			},
			"follows other, not null",
		],
		[
			"an edited message stands beside the first one, which is kept",
			withOther("edit", { ids: { ...toIds("edited"), userMessageId: toIds("sent").userMessageId } }),
			"edited replaced a message",
		],
		[
			"another answer stands beside the first one, which is kept",
			withOther("regenerate", { ids: { ...toIds("sent"), turnId: regenerated.turn.turnId as TurnId } }),
			"regenerated replaced an answer",
		],
		[
			"another answer stands beside the first one, which is kept",
			withOther("regenerate", { ids: toIds("regenerated") }),
			"regenerated answers another message",
		],
		[
			"an answer goes on in the same message, after the text that it had",
			{
				logs: new Map(good.logs).set(
					continued.turn.turnId,
					toLog([{ type: "text-reset", text: "on" }, say("e word word "), end("complete")]),
				),
			},
			"went on after 2 characters",
		],
		[
			"an answer goes on in the same message, after the text that it had",
			withOther("continue", { ids: toIds("continued") }),
			"went on in another message",
		],
		[
			"the reply is the stored answer and its status",
			withOther("complete", {
				replies: [toReply({ status: "complete", text: "one" })],
			}),
			"completed was answered 3 characters",
		],
		[
			"the reply is the stored answer and its status",
			withOther("complete", {
				replies: [toReply({ status: "failed", text: "" })],
			}),
			"completed was answered failed, stored complete",
		],
		[
			"a model that fails before its first word is replaced, and the receipt says by which",
			{
				turns: good.turns.map((one) =>
					one.clientMessageId === "replaced" ? { ...one, receipt: { ...receipt, modelId: "flaky" } } : one,
				),
			},
			"the receipt of turn replaced names flaky",
		],
		[
			"a batch that was created twice is one batch, and ends",
			withBatch({ batchIds: ["one", "two"] }),
			"is 2 batches",
		],
		[
			"a batch that was created twice is one batch, and ends",
			withBatch({ problem: "it did not end" }),
			"it did not end",
		],
		[
			"a batch that was created twice is one batch, and ends",
			withBatch({ items: [] }),
			"has 0 results for 1 items",
		],
		[
			"every item ends with the result of its own turn",
			withBatch({ items: [{ status: "complete", turnId: "turn item", text: "one" }] }),
			"says 3 characters",
		],
		[
			"every item ends with the result of its own turn",
			withBatch({ items: [{ status: "failed", turnId: "turn item", text: "one two" }] }),
			"is failed, not complete",
		],
		[
			"every item ends with the result of its own turn",
			withBatch({ items: [{ status: "complete", turnId: "other", text: "one two" }] }),
			"of another message",
		],
	]);
});
