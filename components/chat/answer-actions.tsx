"use client";

import { CornerDownRightIcon, EllipsisIcon, RefreshCwIcon } from "lucide-react";
import type { Receipt } from "@/server/client";
import { messages } from "../messages";
import { Button, IconButton } from "../ui/button";
import { CopyButton } from "../ui/copy-button";
import { Menu, MenuItem, MenuLabel } from "../ui/menu";
import { canContinue, hasFailureNote, isFiltered } from "./answer-ending";
import { BranchPicker } from "./branch-picker";
import type { ShownMessage } from "./chat-state";
import { ReceiptPopover } from "./receipt";
import { useScreen } from "./screen-context";
import { useModelName, useModels } from "./use-models";

interface AnswerActionsProps {
	readonly message: ShownMessage;
	readonly isLast: boolean;
}

/** Copy, try again, other versions, and which model answered in what time. */
export function AnswerActions({ message, isLast }: AnswerActionsProps) {
	const { actions, getModel } = useScreen();
	const { parentMessageId, turn } = message;
	const regenerate = (model: string | null) => {
		if (parentMessageId) actions.regenerate(parentMessageId, model);
	};
	return (
		<>
			<div className="-ml-2 flex items-center">
				{message.text ? <CopyButton label={messages.copyAnswer} getText={() => message.text} /> : null}
				<IconButton label={messages.regenerate} onClick={() => regenerate(getModel())}>
					<RefreshCwIcon size={15} aria-hidden />
				</IconButton>
				{turn && isFiltered(turn) ? null : <OtherModels onChoose={regenerate} />}
				{isLast && canContinue(message) && !hasFailureNote(message) ? (
					<Button kind="quiet" className="px-2" onClick={() => actions.continue(message)}>
						<CornerDownRightIcon size={15} aria-hidden />
						{messages.continue}
					</Button>
				) : null}
				<BranchPicker message={message} />
			</div>
			{turn?.receipt && message.text ? <ReceiptLine receipt={turn.receipt} /> : null}
			{turn?.receipt && (message.text || turn.receipt.attempts > 0) ? (
				<ReceiptPopover turnId={turn.turnId} receipt={turn.receipt} />
			) : null}
		</>
	);
}

function OtherModels({ onChoose }: { onChoose(model: string): void }) {
	const models = useModels()?.models ?? [];
	if (models.length < 2) return null;
	return (
		<Menu
			trigger={
				<IconButton label={messages.moreActions}>
					<EllipsisIcon size={15} aria-hidden />
				</IconButton>
			}
		>
			<MenuLabel>{messages.regenerateWith("…")}</MenuLabel>
			{models.map(({ id, name }) => (
				<MenuItem key={id} onSelect={() => onChoose(id)}>
					{name}
				</MenuItem>
			))}
		</Menu>
	);
}

function ReceiptLine({ receipt }: { readonly receipt: Receipt }) {
	const toName = useModelName();
	const seconds = new Intl.NumberFormat("en", { maximumFractionDigits: 1, minimumFractionDigits: 1 });
	return (
		<p className="num ml-3 flex min-w-0 items-center gap-1.5 text-meta text-muted">
			{receipt.modelId ? <span className="truncate">{toName(receipt.modelId)}</span> : null}
			{receipt.modelId ? <span aria-hidden>·</span> : null}
			<span className="shrink-0">{messages.seconds(seconds.format(receipt.durationMs / 1000))}</span>
		</p>
	);
}
