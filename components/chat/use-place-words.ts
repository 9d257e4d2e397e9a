import { useEffect, useState } from "react";
import { messages } from "../messages";
import type { QueuePlace } from "./chat-state";

/** "Place 3 in line, about 12 s", counted down between the server's news; null outside of a line. */
export function usePlaceWords(queue: QueuePlace | null): string | null {
	const [nowMs, setNowMs] = useState(() => Date.now());
	useEffect(() => {
		if (!queue?.readyAtMs) return;
		setNowMs(Date.now());
		const timer = setInterval(() => setNowMs(Date.now()), 1_000);
		return () => clearInterval(timer);
	}, [queue]);
	return queue && toPlaceWords(queue, nowMs);
}

export function toPlaceWords({ position, readyAtMs }: QueuePlace, nowMs: number): string {
	return messages.inLine(position, readyAtMs === null ? null : toWait(readyAtMs - nowMs));
}

/** Never zero: what is expected now has not come yet. */
function toWait(ms: number): string {
	const seconds = Math.max(1, Math.ceil(ms / 1_000));
	return seconds < 90 ? messages.waitSeconds(seconds) : messages.waitMinutes(Math.round(seconds / 60));
}
