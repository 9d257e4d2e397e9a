"use client";

import { CircleAlertIcon, XIcon } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { endSession } from "../connection/end-session";
import type { Failure } from "../connection/trpc-client";
import { goTo } from "../shell/navigate";
import { usePageSettings } from "../shell/page-settings";
import { Button, IconButton } from "../ui/button";
import { CopyButton } from "../ui/copy-button";
import { RaiseHint } from "../ui/raise-hint";
import { messages } from "../words/chat";
import { toErrorWords } from "../words/to-error-words";
import type { ErrorAction } from "../words/wording";
import { toWaitSeconds } from "../words/wording";

/** Another model that may do what this one did not. */
export interface ModelOffer {
	readonly name: string;
	choose(): void;
}

interface FailureNoteProps {
	readonly failure: Failure;
	/** A message that can always be taken back and changed. */
	readonly isDraft?: boolean;
	onContinue?(): void;
	onRetry?(): void;
	onEdit?(): void;
	/** Lets the server choose the model. */
	onAuto?(): void;
	readonly otherModel?: ModelOffer | null;
	readonly largerModel?: ModelOffer | null;
	/** Takes the note away. */
	onClose?(): void;
}

/** What happened, what it means, what to do; code and request id only behind "Details". */
export function FailureNote(props: FailureNoteProps) {
	const { failure } = props;
	const countdown = useCountdown(failure);
	const { text, actions } = toErrorWords(countdown.failure);
	const isWaiting = countdown.seconds > 0;
	// Asking for a paused model costs no call, and may find it back before its time.
	const isRetryClosed = isWaiting && failure.details.class !== "breaker_open";
	return (
		<div role="alert" className="rounded-card border border-border bg-surface px-3.5 py-2.5 text-ui">
			<div className="flex gap-3">
				<CircleAlertIcon size={16} aria-hidden className="mt-0.5 shrink-0 text-danger" />
				<div className="min-w-0 flex-1">
					{/* A countdown is for the eye: said once, not with every second. */}
					<p className="num" aria-hidden={isWaiting || undefined}>
						{text}
					</p>
					{isWaiting ? <p className="sr-only">{toErrorWords(countdown.asFirst).text}</p> : null}
					<div className="mt-2 flex flex-wrap gap-2 empty:hidden">
						<Actions {...props} actions={actions} isWaiting={isRetryClosed} />
					</div>
					<RaiseHint raiseWith={failure.details.raiseWith} />
					<FailureDetails failure={failure} />
				</div>
				{props.onClose ? (
					<IconButton label={messages.close} onClick={props.onClose} className="-my-1.5 -mr-2 shrink-0">
						<XIcon size={16} aria-hidden />
					</IconButton>
				) : null}
			</div>
		</div>
	);
}

function FailureDetails({ failure: { code, details, requestId } }: { readonly failure: Failure }) {
	const cause = typeof details.class === "string" ? details.class : null;
	return (
		<details className="mt-1 text-small text-muted">
			<summary className="w-fit py-1">{messages.details}</summary>
			<p className="flex flex-wrap items-center gap-x-4 pt-1 font-mono">
				<span>
					{messages.errorCode}: {code}
				</span>
				{cause ? (
					<span>
						{messages.errorCause}: {cause}
					</span>
				) : null}
				{requestId ? (
					<span>
						{messages.requestId}: {requestId}
					</span>
				) : null}
				<CopyButton
					label={messages.copyDetails}
					getText={() => [code, cause, requestId].filter(Boolean).join(" ")}
				/>
			</p>
		</details>
	);
}

interface ActionsProps extends FailureNoteProps {
	readonly actions: readonly ErrorAction[];
	readonly isWaiting: boolean;
}

function Actions({ actions, ...props }: ActionsProps): ReactNode {
	const { viewer } = usePageSettings();
	const wanted = props.isDraft ? [...new Set([...actions, "edit" as const])] : actions;
	const buttons = wanted.map((action) => toButton(action, { ...props, isAdmin: viewer.role === "admin" }));
	// What cannot be changed here can at least be tried again.
	if (actions.includes("edit") && buttons.every((button) => button === null)) return toButton("retry", props);
	return buttons;
}

function toButton(
	action: ErrorAction,
	props: Omit<ActionsProps, "actions"> & { readonly isAdmin?: boolean },
): ReactNode {
	const press = (label: string, run: (() => void) | undefined, isDisabled = false) =>
		run ? (
			<Button key={action} onClick={run} disabled={isDisabled}>
				{label}
			</Button>
		) : null;
	const offer = (model: ModelOffer | null | undefined) =>
		model ? press(messages.answerWith(model.name), model.choose) : null;
	switch (action) {
		case "continue":
			return press(messages.continue, props.onContinue);
		case "retry":
			return press(messages.tryAgain, props.onRetry, props.isWaiting);
		case "edit":
			return press(messages.edit, props.onEdit);
		case "other-model":
			return offer(props.otherModel);
		case "larger-model":
			return offer(props.largerModel);
		case "auto-model":
			return press(messages.useAuto, props.onAuto);
		case "new-chat":
			return press(messages.newChat, () => goTo("/"));
		case "sign-in":
			return press(messages.signIn, endSession);
		case "usage":
			return press(messages.seeUsage, () => location.assign("/usage"));
		case "models-page":
			return props.isAdmin ? press(messages.modelsPage, () => location.assign("/admin/models")) : null;
	}
}

interface Countdown {
	/** Left of the wait that was asked for; 0 without one, and when it is over. */
	readonly seconds: number;
	/** The failure with what is left. */
	readonly failure: Failure;
	/** The failure as its wait began. */
	readonly asFirst: Failure;
}

/**
 * Counts a failure's wait down: `retryAt` is an instant, also of a page that is read again later; `retryAfterMs` counts from
 * now on. Begins after the first drawing, which may be the server's.
 */
export function useCountdown(failure: Failure): Countdown {
	const [left, setLeft] = useState<{ seconds: number; first: number } | null>(null);
	const { retryAt, retryAfterMs } = failure.details;
	useEffect(() => {
		const endsAtMs = typeof retryAt === "string" ? Date.parse(retryAt) : toEndMs(retryAfterMs);
		const toSeconds = () => Math.max(0, Math.ceil((endsAtMs - Date.now()) / 1_000));
		const first = toSeconds();
		setLeft(first > 0 ? { seconds: first, first } : null);
		if (!(first > 0)) return;
		const timer = setInterval(() => {
			const seconds = toSeconds();
			setLeft({ seconds, first });
			if (seconds === 0) clearInterval(timer);
		}, 500);
		return () => clearInterval(timer);
	}, [retryAt, retryAfterMs]);
	const seconds = left?.seconds ?? 0;
	const withWait = (waitSeconds: number): Failure => ({
		...failure,
		details: {
			...failure.details,
			retryAfterMs: waitSeconds * 1_000,
			hasWaited: left !== null && seconds === 0,
		},
	});
	return {
		seconds,
		failure: left === null && typeof retryAt !== "string" ? failure : withWait(seconds),
		asFirst: withWait(left?.first ?? 0),
	};
}

const toEndMs = (retryAfterMs: unknown): number =>
	Date.now() +
	(toWaitSeconds({ retryAfterMs: typeof retryAfterMs === "number" ? retryAfterMs : 0 }) ?? 0) * 1_000;
