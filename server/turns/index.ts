// Decides how a turn lives: accepts it, logs every event, lets readers follow, stops, sweeps, closes and compacts it.
// Needs: the database, and a function that answers an accepted turn (the corridor).
// Promises: what is acknowledged is committed; what is shown is stored; every turn ends once, whichever process dies.
export {
	acceptContinue,
	acceptRegenerate,
	type ContinueInput,
	type RegenerateInput,
} from "./accept-answer.ts";
export { acceptSend, type SendInput } from "./accept-send.ts";
export type {
	AcceptedTurn,
	Lease,
	NamedRequest,
	Priority,
	QuotedAcceptor,
	TurnQuote,
} from "./accept-turn.ts";
export { readReply, type TurnReply } from "./await-reply.ts";
export type { TurnOutcome } from "./close-turn.ts";
export { type FollowInput, followTurn } from "./follow-turn.ts";
export { type EndedTurn, startHeartbeat } from "./heartbeat.ts";
export { createLiveTurns, type RunningTurn } from "./live-turns.ts";
export { createRemoteLogs } from "./remote-logs.ts";
export { hasLiveTurns, orphanLiveTurns, removeTurns } from "./remove-turns.ts";
export { endTurnsOf, hearStops, requestStop, stopTurnsOfThreads } from "./stop-turn.ts";
export { createTurnLog, whileStorageIsAway } from "./turn-log.ts";
export type { DescribeModel } from "./turn-record.ts";
