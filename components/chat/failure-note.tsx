"use client";

import { CircleAlertIcon } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { endSession } from "../end-session";
import { messages } from "../messages";
import { goTo } from "../navigate";
import type { Failure } from "../trpc-client";
import { Button } from "../ui/button";
import { CopyButton } from "../ui/copy-button";
import { type ErrorAction, toErrorWords, toWaitSeconds } from "./error-words";

interface FailureNoteProps {
	readonly failure: Failure;
	onContinue?(): void;
	onRetry?(): void;
	onEdit?(): void;
}

/** What happened, what it means, one thing to do; code and request id only behind "Details". */
export function FailureNote({ failure, ...actions }: FailureNoteProps) {
	const seconds = useCountdown(failure);
	const waiting = { ...failure, details: { ...failure.details, retryAfterMs: seconds * 1000 } };
	const { text, action } = toErrorWords(seconds > 0 ? waiting : failure);
	return (
		<div role="alert" className="rounded-card border border-border bg-surface px-3.5 py-2.5 text-ui">
			<div className="flex flex-wrap items-center gap-x-3 gap-y-2">
				<CircleAlertIcon size={16} aria-hidden className="shrink-0 text-danger" />
				<p className="num min-w-48 flex-1">{text}</p>
				<div className="flex gap-2">
					<FailureAction action={action} isWaiting={seconds > 0} {...actions} />
				</div>
			</div>
			<details className="mt-1 text-small text-muted">
				<summary className="w-fit py-1">{messages.details}</summary>
				<p className="flex flex-wrap items-center gap-x-4 pt-1 font-mono">
					<span>
						{messages.errorCode}: {failure.code}
					</span>
					{failure.requestId ? (
						<span>
							{messages.requestId}: {failure.requestId}
						</span>
					) : null}
					<CopyButton
						label={messages.copyDetails}
						getText={() => [failure.code, failure.requestId].filter(Boolean).join(" ")}
					/>
				</p>
			</details>
		</div>
	);
}

function FailureAction(props: {
	readonly action: ErrorAction;
	readonly isWaiting: boolean;
	onContinue?(): void;
	onRetry?(): void;
	onEdit?(): void;
}): ReactNode {
	const { action, onContinue, onRetry, onEdit } = props;
	const goOn = onContinue ? <Button onClick={onContinue}>{messages.continue}</Button> : null;
	const retry = onRetry ? (
		<Button onClick={onRetry} disabled={props.isWaiting}>
			{messages.retry}
		</Button>
	) : null;
	const edit = onEdit ? <Button onClick={onEdit}>{messages.edit}</Button> : null;
	switch (action) {
		case "sign-in":
			return <Button onClick={() => void endSession()}>{messages.signIn}</Button>;
		case "new-chat":
			return <Button onClick={() => goTo("/")}>{messages.newChat}</Button>;
		case "edit":
			return edit ?? retry;
		case "none":
			return edit;
		case "retry":
		case "wait":
			return (
				<>
					{goOn}
					{retry}
					{edit}
				</>
			);
	}
}

/** Seconds left of the wait that the server asked for, counted down. */
function useCountdown(failure: Failure): number {
	const [seconds, setSeconds] = useState(() => toWaitSeconds(failure.details) ?? 0);
	useEffect(() => {
		const endsAtMs = Date.now() + (toWaitSeconds(failure.details) ?? 0) * 1000;
		const tick = () => setSeconds(Math.max(0, Math.ceil((endsAtMs - Date.now()) / 1000)));
		tick();
		const timer = setInterval(tick, 500);
		return () => clearInterval(timer);
	}, [failure]);
	return seconds;
}
