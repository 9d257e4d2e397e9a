/** What changed for one person: the words that `events.follow` speaks and the rooms announce. */
import type { UserId } from "./ids.ts";
import type { TurnStatus } from "./turn-status.ts";

export type ViewerEvent =
	| {
			type: "thread-change";
			threadId: string;
			change: "created" | "renamed" | "deleted" | "restored" | "activity" | "branch" | "context";
	  }
	| { type: "turn-start"; threadId: string; turnId: string; assistantMessageId: string }
	| { type: "turn-end"; threadId: string; turnId: string; assistantMessageId: string; status: TurnStatus }
	/** How far a batch is, or what it waits for. */
	| { type: "batch-change"; batchId: string }
	/** A gap that memory cannot fill: read everything again. */
	| { type: "resync" }
	| { type: "session-end"; reason: "unauthorized" | "suspended" };

/** Tells all of one person's open tabs. */
export type Publish = (userId: UserId, event: ViewerEvent) => void;
