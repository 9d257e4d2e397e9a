// Decides when the prompts of a list are answered in the background: whose, how many at a time, what waits for a limit.
// Needs: the database, and the chat that answers one prompt as any other message.
// Promises: an item is one turn, or a second one after a failure, on the one ledger; whoever dies, none begins twice.
export { type Batches, createBatches } from "./batches.ts";
export { removeBatchesOf } from "./remove-batches.ts";
export { batchItemStatuses, batchItemsMax } from "./words.ts";
