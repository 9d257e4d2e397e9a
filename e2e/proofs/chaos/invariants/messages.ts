import { examine, type Finding } from "../../kit/finding.ts";
import { requestKinds } from "../clients/history.ts";
import { type Evidence, isOver } from "../evidence.ts";
import { acknowledged, toMap } from "./shared.ts";

/** What becomes of requests: accepted once, kept, ended. */
export const messageInvariants: readonly ((evidence: Evidence) => Finding)[] = [
	({ history }) => {
		const accepted = new Set(acknowledged(history.requests).map(({ kind }) => kind));
		const plain = [...requestKinds].map((kind) => ({ kind: kind as string, isMade: accepted.has(kind) }));
		const batches = {
			kind: "batch",
			isMade: history.batches.some(({ batchIds }) => batchIds.length > 0),
		};
		return examine(
			["run", "requests of every kind were accepted"],
			[...plain, batches],
			({ kind, isMade }) => (isMade ? null : `no request of the kind "${kind}" was accepted`),
		);
	},
	({ history, turns, messages }) => {
		const byName = Map.groupBy(turns, ({ clientMessageId }) => clientMessageId);
		return examine(
			["I4", "every acknowledged message is kept, with one ended turn"],
			acknowledged(history.requests),
			(request) => {
				const own = byName.get(request.clientMessageId) ?? [];
				const [turn] = own;
				if (own.length !== 1 || !turn) return `${request.clientMessageId} has ${own.length} turns`;
				if (!isOver(turn)) return `${turn.turnId} is still ${turn.status}`;
				const question = messages.get(turn.userMessageId)?.text;
				const isKept = request.text === null ? question !== undefined : question === request.text;
				if (!isKept) return `the message of ${turn.turnId} is lost`;
				return messages.has(turn.assistantMessageId) ? null : `the answer of ${turn.turnId} is lost`;
			},
		);
	},
	({ history, turns }) => {
		const byName = Map.groupBy(turns, ({ clientMessageId }) => clientMessageId);
		return examine(
			["I8", "posted again, a request is one turn with one reply"],
			history.requests,
			(request) => {
				const { clientMessageId, ids } = request;
				const own = byName.get(clientMessageId) ?? [];
				if (own.length > 1) return `${clientMessageId} has ${own.length} turns`;
				const replies = new Set(
					request.replies.flatMap((reply) => (reply.ids ? [JSON.stringify(reply.ids)] : [])),
				);
				if (replies.size > 1) return `${clientMessageId} was answered in ${replies.size} ways`;
				const isStored = !ids || own[0]?.turnId === ids.turnId;
				return isStored ? null : `${clientMessageId} was promised ${ids?.turnId}`;
			},
		);
	},
	(evidence) => {
		const { turns, calls } = evidence;
		const byTurn = Map.groupBy(calls, ({ turnId }) => turnId);
		const kinds = new Map(
			evidence.history.requests.map(({ clientMessageId, kind }) => [clientMessageId, kind]),
		);
		return examine(
			["I9", "one call of the provider at most, three with a fallback, one at least for text"],
			turns,
			({ turnId, clientMessageId, status }) => {
				const count = byTurn.get(turnId)?.length ?? 0;
				const max = kinds.get(clientMessageId) === "fallback" ? 3 : 1;
				if (count > max) return `${turnId}, ${status}, made ${count} calls`;
				const log = evidence.logs.get(turnId) ?? [];
				const hasAnswer = status === "complete" || log.some(({ event }) => event.type === "text-delta");
				return hasAnswer && count === 0 ? `${turnId} has text that the provider was not asked for` : null;
			},
		);
	},
	({ turns, calls, money }) => {
		const known = toMap(turns, ({ turnId }) => turnId);
		const own = new Set(money.calls.flatMap((call) => (call.turnId === null ? [call.name] : [])));
		const byName = Map.groupBy(calls, ({ name }) => name);
		return examine(
			["I9", "every call of the provider is of an accepted turn or the server's own, and made once"],
			Array.from(byName.values()),
			([call, ...again]) => {
				const isKnown = call && (call.turnId === null ? own.has(call.name) : known.has(call.turnId));
				if (!isKnown) return `${call?.name} was called without an accepted turn`;
				return again.length > 0 ? `${call.name} was called ${again.length + 1} times` : null;
			},
		);
	},
];
