"use client";

import { useEffect, useState } from "react";
import { messages } from "../messages";
import { Answer } from "./answer";
import type { LiveTurn } from "./chat-state";
import { Reasoning } from "./reasoning";
import { useScreen } from "./screen-context";
import { useModelName } from "./use-models";
import { useChat } from "./use-store";

/** After this the wait is explained in words. */
const patienceMs = 4_000;

/** The answer that is growing: the one component that renders with every batch of tokens. */
export function LiveAnswer() {
	const { store } = useScreen();
	const live = useChat(store, (state) => state.live);
	if (!live) return null;
	return (
		<>
			<Reasoning
				text={live.reasoning}
				durationMs={live.reasoningMs}
				isRunning={live.reasoningStartedAtMs !== null && live.reasoningMs === null}
			/>
			{live.text ? <Answer text={live.text} isGrowing /> : <Waiting live={live} />}
			{live.isLost ? <p className="mt-2 text-meta text-muted">{messages.reconnecting}</p> : null}
		</>
	);
}

/** Before the first word: three calm dots, then who is answering, then that it takes long. */
function Waiting({ live }: { readonly live: LiveTurn }) {
	const [isLong, setLong] = useState(false);
	const toName = useModelName();
	useEffect(() => {
		const timer = setTimeout(() => setLong(true), patienceMs);
		return () => clearTimeout(timer);
	}, []);
	const model = live.modelId ? toName(live.modelId) : messages.theModel;
	const words = live.isStopping
		? messages.stopping
		: live.queuePosition
			? messages.queuePosition(live.queuePosition)
			: isLong
				? messages.stillWaiting(model)
				: live.modelId
					? model
					: "";
	return (
		<div className="flex h-[27px] items-center gap-3 text-meta text-muted">
			<span aria-hidden className="flex gap-1">
				<span className="pulse-dot" />
				<span className="pulse-dot" />
				<span className="pulse-dot" />
			</span>
			<span>{words}</span>
		</div>
	);
}
