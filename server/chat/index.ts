// Decides how a message becomes an answer: the corridor (run-turn.ts) and the calls that start, follow and stop turns.
// Needs: the database, the models, a clock; the rooms that the corridor walks through.
// Promises: every accepted turn ends with an outcome; nothing is thrown past the corridor.
export { type Chat, createChat } from "./chat.ts";
