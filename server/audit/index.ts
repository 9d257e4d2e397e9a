// Decides what is remembered of who changed what about money and people.
// Needs: the database, and the transaction of the change itself.
// Promises: a change and its line are stored together or not at all; lines are never changed.
export { type Actor, listAudit, writeAudit } from "./audit.ts";
