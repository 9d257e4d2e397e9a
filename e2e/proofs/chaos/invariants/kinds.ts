import { examine, type Finding } from "../../kit/finding.ts";
import type { ClientRequest, RequestKind } from "../clients/history.ts";
import type { Evidence } from "../evidence.ts";
import { acknowledged, differ, getLog, toMap, toText, toTextBefore } from "./shared.ts";

const ofKind = ({ history }: Evidence, kind: RequestKind): ClientRequest[] =>
	acknowledged(history.requests).filter((request) => request.kind === kind);

/** What each kind of request promises beyond an answer. */
export const kindInvariants: readonly ((evidence: Evidence) => Finding)[] = [
	(evidence) =>
		examine(
			["edit", "an edited message stands beside the first one, which is kept"],
			ofKind(evidence, "edit"),
			({ clientMessageId, ids, origin }) => {
				const [own, first] = [ids, origin?.ids].map((each) =>
					each ? evidence.messages.get(each.userMessageId) : undefined,
				);
				if (!own || !first) return `${clientMessageId} or the message that it edits is lost`;
				if (ids?.userMessageId === origin?.ids?.userMessageId) return `${clientMessageId} replaced a message`;
				return own.parentId === first.parentId
					? null
					: `${clientMessageId} follows ${own.parentId}, not ${first.parentId}`;
			},
		),
	(evidence) =>
		examine(
			["regenerate", "another answer stands beside the first one, which is kept"],
			ofKind(evidence, "regenerate"),
			({ clientMessageId, ids, origin }) => {
				const first = origin?.ids;
				if (!ids || !first || ids.userMessageId !== first.userMessageId)
					return `${clientMessageId} answers another message`;
				if (ids.assistantMessageId === first.assistantMessageId)
					return `${clientMessageId} replaced an answer`;
				return evidence.messages.has(first.assistantMessageId)
					? null
					: `the answer before ${clientMessageId} is lost`;
			},
		),
	(evidence) =>
		examine(
			["continue", "an answer goes on in the same message, after the text that it had"],
			ofKind(evidence, "continue"),
			({ clientMessageId, ids, origin }) => {
				if (!ids || ids.assistantMessageId !== origin?.ids?.assistantMessageId)
					return `${clientMessageId} went on in another message`;
				const before = toText(getLog(evidence, origin.ids.turnId));
				const startedWith = toTextBefore(getLog(evidence, ids.turnId));
				return startedWith === before
					? null
					: `${clientMessageId} went on after ${differ(startedWith, before)}`;
			},
		),
	(evidence) => {
		const byName = toMap(evidence.turns, ({ clientMessageId }) => clientMessageId);
		return examine(
			["complete", "the reply is the stored answer and its status"],
			ofKind(evidence, "complete"),
			({ clientMessageId, replies }) => {
				const turn = byName.get(clientMessageId);
				const text = turn ? toText(getLog(evidence, turn.turnId)) : "";
				for (const { ids, completion } of replies) {
					if (!ids) continue;
					if (completion?.status !== turn?.status)
						return `${clientMessageId} was answered ${completion?.status}, stored ${turn?.status}`;
					if (completion?.text !== text)
						return `${clientMessageId} was answered ${differ(completion?.text ?? "", text)}`;
				}
				return null;
			},
		);
	},
	(evidence) => {
		const byName = toMap(evidence.turns, ({ clientMessageId }) => clientMessageId);
		const complete = ofKind(evidence, "fallback").flatMap(({ clientMessageId }) => {
			const turn = byName.get(clientMessageId);
			return turn?.status === "complete" ? [turn] : [];
		});
		return examine(
			["fallback", "a model that fails before its first word is replaced, and the receipt says by which"],
			complete,
			({ turnId, receipt }) =>
				receipt?.modelId === "small" ? null : `the receipt of ${turnId} names ${receipt?.modelId}`,
		);
	},
	({ history, turns }) => {
		const items = turns.filter(({ clientMessageId }) => clientMessageId.startsWith("batch:"));
		const byItem = Map.groupBy(items, ({ clientMessageId }) => clientMessageId.split(":")[1] ?? "");
		const wanted = history.batches.reduce((sum, { texts }) => sum + texts.length, 0);
		return examine(
			["batch", "a batch that was created twice is one batch, and ends"],
			history.batches,
			(batch) => {
				const { clientBatchId, batchIds, problem, texts } = batch;
				if (problem !== null) return `${clientBatchId}: ${problem}`;
				if (new Set(batchIds).size !== 1) return `${clientBatchId} is ${new Set(batchIds).size} batches`;
				if (byItem.size > wanted) return `${byItem.size} items were answered, not ${wanted}`;
				return batch.items.length === texts.length
					? null
					: `${clientBatchId} has ${batch.items.length} results for ${texts.length} items`;
			},
		);
	},
	(evidence) => {
		const byId = toMap(evidence.turns, ({ turnId }) => turnId);
		const items = evidence.history.batches.flatMap((batch) =>
			batch.items.map((item, position) => ({ item, text: batch.texts[position] })),
		);
		return examine(["batch", "every item ends with the result of its own turn"], items, ({ item, text }) => {
			const turn = byId.get(item.turnId ?? "");
			const question = evidence.messages.get(turn?.userMessageId ?? "")?.text;
			if (!turn || question !== text) return `an item has the turn ${item.turnId} of another message`;
			if (item.status !== turn.status)
				return `the item of ${turn.turnId} is ${item.status}, not ${turn.status}`;
			const stored = toText(getLog(evidence, turn.turnId));
			return item.text === stored
				? null
				: `the item of ${turn.turnId} says ${differ(item.text ?? "", stored)}`;
		});
	},
];
