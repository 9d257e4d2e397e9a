// Decides whose a thread is and what was said in it: the message tree, its pages, its titles, the search.
// Needs: the database; a hub that tells the owner's tabs of changes; a periodic job that cuts the terms of new texts.
// Promises: a thread is read and changed by its owner alone; for others it is not found.
export {
	type BranchEnd,
	countBranch,
	readBranch,
	toBranchTokens,
	toPartKinds,
} from "./branch.ts";
export { findTitleSource, setModelTitle, type TitleSource } from "./model-title.ts";
export {
	type ConversationRow,
	readConversation,
	toConversation,
	toConversationRow,
	toPlanStrategy,
	toStrategy,
} from "./read-conversation.ts";
export { findTrash, removeThreads } from "./remove-threads.ts";
export { indexTexts } from "./search/index-texts.ts";
export { readStrategy, readSummarisedThread } from "./summary-source.ts";
export { createThreads, type Threads, trashDays } from "./threads.ts";
export { toTitle } from "./title.ts";
