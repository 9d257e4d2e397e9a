// Decides how a message becomes an answer: accepts it, runs its turn, logs every event, closes it, lets readers follow.
// Needs: the database, the models, a clock; the rooms of the corridor (run-turn.ts).
// Promises: what is acknowledged is committed; what is shown is stored; every turn ends once, whoever leaves or dies.
export type { ContinueInput, RegenerateInput } from "./accept-answer.ts";
export type { SendInput } from "./accept-send.ts";
export type { TurnReply } from "./await-reply.ts";
export { type Chat, createChat } from "./chat.ts";
export { endTurnsOf } from "./stop-turn.ts";
