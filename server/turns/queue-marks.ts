/** Whether a turn waits for its model, as its row says it. Hand-written SQL, by compare-and-set on the owner's epoch. */
import type { Sql } from "postgres";
import { AppError } from "../contract/errors.ts";
import { isLive } from "../db/index.ts";
import type { AcceptedTurn } from "./accept/accept-turn.ts";
import { whileStorageIsAway } from "./log/turn-log.ts";
import type { RunningTurn } from "./pump-turn.ts";

/**
 * A turn is accepted as `running`, so that one COMMIT comes between a message and the call of its model: a process that dies
 * in between leaves a turn that may have been called, and that is closed as `interrupted`. A turn that has to wait becomes
 * `queued`, which another process may run, and `running` again before its call.
 */
export function createQueueMarks(
	sql: Sql,
	turn: Pick<AcceptedTurn, "turnId" | "epoch" | "isQueued">,
): Pick<RunningTurn, "markQueued" | "markRunning"> {
	const { turnId, epoch } = turn;
	const setStatus = async (to: "queued" | "running") => {
		const rows = await whileStorageIsAway(
			() => sql`
				update turns set status = ${to}
				where id = ${turnId} and epoch = ${epoch} and ${isLive(sql)} returning id`,
		);
		return rows.length === 1;
	};
	let isQueued = turn.isQueued;
	/** The writes follow one another: the last one wins. */
	let writing: Promise<unknown> = Promise.resolve();
	return {
		markQueued() {
			if (isQueued) return;
			isQueued = true;
			// When this is not stored, no other process takes the turn over: nothing else is lost.
			writing = setStatus("queued").catch(() => undefined);
		},
		async markRunning() {
			if (!isQueued) return;
			isQueued = false;
			await writing;
			if (!(await setStatus("running")))
				throw new AppError("conflict", "Another owner has this turn, or it is closed.");
		},
	};
}
