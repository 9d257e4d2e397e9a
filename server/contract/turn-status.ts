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
export type TerminalStatus = (typeof terminalStatuses)[number];
export type TurnStatus = (typeof liveStatuses)[number] | TerminalStatus;

export function isTerminal(status: TurnStatus): status is TerminalStatus {
	return status !== "queued" && status !== "running";
}
