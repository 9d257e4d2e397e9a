/** `queued` (waits for its model) and `running` lead to one terminal status. No transition leaves a terminal status. */
export const liveStatuses = ["queued", "running"] as const;
export const terminalStatuses = [
	"complete",
	"stopped",
	"failed",
	"filtered_request",
	"filtered_response",
	"interrupted",
	"expired_in_queue",
] as const;
export const turnStatuses = [...liveStatuses, ...terminalStatuses] as const;
/** Answers that ended so may go on. */
export const unfinishedStatuses = ["stopped", "interrupted", "failed"] as const;
export type TerminalStatus = (typeof terminalStatuses)[number];
export type TurnStatus = (typeof turnStatuses)[number];

export function isTerminal(status: TurnStatus): status is TerminalStatus {
	return !liveStatuses.some((live) => live === status);
}

/** That a row of `turns` is live, as SQL. Written out, as in the indexes of live turns: the planner must see it, not parameters. */
export const toLiveCondition = (column = "status") =>
	`${column} in (${liveStatuses.map((status) => `'${status}'`).join(", ")})`;

/** Whether an answer can be continued: it has words, and they are not all that there was to say. */
export function canContinue(answer: {
	readonly text: string;
	readonly status: string;
	readonly finishReason: string | null;
}): boolean {
	const { text, status, finishReason } = answer;
	if (text === "") return false;
	return status === "complete"
		? finishReason === "length"
		: unfinishedStatuses.some((unfinished) => unfinished === status);
}
