"use client";

import { cn } from "../../ui/button";
import { contextWords } from "../../words/context";
import { useScreen } from "../screen-context";
import { type ChatStore, useChat } from "../state/chat-store";
import { type Meter, toMeter } from "./to-meter";
import { toStrategy, useBudget, useThreadContext } from "./use-thread-context";

const colors: Record<Meter["level"], string> = {
	calm: "text-muted",
	near: "text-warn",
	full: "text-danger",
};
const radius = 7;
const length = 2 * Math.PI * radius;

/** A small ring once half of what the model reads is filled. It follows the messages that were sent, never what is being typed. */
export function ContextMeter({ store, model }: { readonly store: ChatStore; readonly model: string | null }) {
	const { showContext } = useScreen();
	const threadId = useChat(store, (state) => state.threadId);
	const context = useThreadContext(threadId);
	const budget = useBudget(model, context);
	const meter = context ? toMeter(context.tokens, budget) : null;
	if (!context || !meter) return null;
	const filled = meter.percent > 100 ? contextWords.meterOver : contextWords.meter(meter.percent);
	const words = meter.level === "full" ? `${filled}. ${contextWords.whenFull[toStrategy(context)]}` : filled;
	return (
		<button
			type="button"
			aria-label={words}
			title={words}
			data-level={meter.level}
			onClick={() => showContext({ type: "thread" })}
			className="flex size-9 touch:size-11 items-center justify-center rounded-full hover:bg-hover"
		>
			<svg
				width="18"
				height="18"
				viewBox="0 0 18 18"
				aria-hidden
				className={cn("-rotate-90", colors[meter.level])}
			>
				<circle cx="9" cy="9" r={radius} fill="none" strokeWidth="2.5" className="stroke-border" />
				<circle
					cx="9"
					cy="9"
					r={radius}
					fill="none"
					stroke="currentColor"
					strokeWidth="2.5"
					strokeLinecap="round"
					strokeDasharray={`${(Math.min(100, meter.percent) / 100) * length} ${length}`}
				/>
			</svg>
		</button>
	);
}
