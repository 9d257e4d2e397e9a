import { examine, type Finding } from "../../kit/finding.ts";
import type { ClientRequest, CrashPoint } from "../clients/history.ts";
import type { Evidence, TurnRow } from "../evidence.ts";

const ofKind = ({ history }: Evidence, kind: CrashPoint["kind"]) =>
	history.crashPoints.filter((point) => point.kind === kind);

/** What follows from the exact moment at which a process dies. */
export const crashPointInvariants: readonly ((evidence: Evidence) => Finding)[] = [
	(evidence) =>
		examine(
			["crash", "dying between COMMIT and the call leaves an interrupted turn, no call, and Retry"],
			ofKind(evidence, "before-call"),
			({ request, retry }) => {
				const turn = findTurn(evidence, request);
				if (turn?.status !== "interrupted" || turn.code !== "stream_interrupted")
					return `${request.clientMessageId} is ${turn?.status} (${turn?.code}), not interrupted`;
				const calls = countCalls(evidence, turn);
				if (calls > 0) return `${turn.turnId} was called ${calls} times`;
				const again = retry ? findTurn(evidence, retry) : undefined;
				if (again?.status !== "complete") return `the retry of ${turn.turnId} is ${again?.status}`;
				return countCalls(evidence, again) === 1
					? null
					: `the retry of ${turn.turnId} made ${countCalls(evidence, again)} calls`;
			},
		),
	(evidence) =>
		examine(
			["crash", "a turn that waits in the queue of a process that dies is run by another one, once"],
			ofKind(evidence, "in-queue"),
			({ request }) => {
				const turn = findTurn(evidence, request);
				if (turn?.status !== "complete") return `${request.clientMessageId} is ${turn?.status}`;
				if (turn.epoch < 2) return `${turn.turnId} was never taken over`;
				const calls = countCalls(evidence, turn);
				return calls === 1 ? null : `${turn.turnId} made ${calls} calls`;
			},
		),
];

const findTurn = ({ turns }: Evidence, { clientMessageId }: ClientRequest) =>
	turns.find((turn) => turn.clientMessageId === clientMessageId);

const countCalls = ({ calls }: Evidence, { turnId }: TurnRow) =>
	calls.filter((call) => call.turnId === turnId).length;
