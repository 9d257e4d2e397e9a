// Decides when the prompts of a list are answered in the background: whose, how many at a time, what waits for a limit.
// Needs: the database, and the chat that answers one prompt as any other message.
// Promises: an item is one turn, or two after a transient failure, in the same ledger; no death of a process begins one twice.

export { batchItemStatuses, batchItemsMax } from "./batch.ts";
export { type Batches, createBatches } from "./batches.ts";
export { removeBatchesOf } from "./remove-batches.ts";
