// Decides how a turn lives: accepts it, logs every event, lets readers follow, stops, sweeps, closes and compacts it.
// Needs: the database, and a function that answers an accepted turn (the corridor).
// Promises: what is acknowledged is committed; what is shown is stored; every turn ends once, whichever process dies.
export {
	acceptContinue,
	acceptRegenerate,
	type ContinueInput,
	type RegenerateInput,
} from "./accept/accept-answer.ts";
export { acceptSend, type SendInput } from "./accept/accept-send.ts";
export type {
	AcceptedTurn,
	Lease,
	NamedRequest,
	QuotedAcceptor,
	TurnQuote,
} from "./accept/accept-turn.ts";
export { readReply, type TurnReply } from "./await-reply.ts";
export type { TurnOutcome } from "./close-turn.ts";
export { type EndedTurn, startHeartbeat } from "./heartbeat.ts";
export { createLiveTurns, type LiveTurns } from "./live-turns.ts";
export { type FollowInput, followTurn } from "./log/follow-turn.ts";
export { createRemoteLogs } from "./log/remote-logs.ts";
export { createTurnLog, whileStorageIsAway } from "./log/turn-log.ts";
export type { RunningTurn } from "./pump-turn.ts";
export { hasAcceptedTurn, hasLiveTurns, orphanLiveTurns, removeTurns } from "./remove-turns.ts";
export { endTurnsOf, requestStop, stopTurnsOfThreads, watchStops } from "./stop-turn.ts";
export type { DescribeModel } from "./turn-record.ts";
