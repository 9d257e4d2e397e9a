"use client";

import { useQuery } from "@tanstack/react-query";
import { CornerDownRightIcon, EllipsisIcon, ReceiptTextIcon, RefreshCwIcon } from "lucide-react";
import type { Receipt } from "@/server/client";
import { Button, IconButton } from "../../ui/button";
import { CopyButton } from "../../ui/copy-button";
import { Menu, MenuItem, MenuLabel } from "../../ui/menu";
import { Popover } from "../../ui/popover";
import { toMoney } from "../../usage/money";
import { TurnBill } from "../../usage/turn-bill";
import { limitsQuery } from "../../usage/usage-queries";
import { messages } from "../../words/chat";
import { usageWords } from "../../words/usage";
import { useScreen } from "../screen-context";
import type { ShownMessage } from "../state/chat-state";
import { useModelName, useModels } from "../state/queries";
import { canContinue, hasFailureNote, isFiltered } from "./answer-ending";
import { BranchPicker } from "./branch-picker";

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
				{isLast && hasFailureNote(message) ? null : (
					<IconButton label={messages.tryAgain} onClick={() => regenerate(getModel())}>
						<RefreshCwIcon size={15} aria-hidden />
					</IconButton>
				)}
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
			<MenuLabel>{messages.tryAgainWith}</MenuLabel>
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

/** What an answer cost, as the person's plan shows it; a click shows its attempts and tokens. */
export function ReceiptPopover({ turnId, receipt }: { readonly turnId: string; readonly receipt: Receipt }) {
	const kind = useQuery(limitsQuery()).data?.receipt;
	if (!kind) return null;
	const cost = receipt.costNanoUsd === null ? null : toMoney(receipt.costNanoUsd, kind);
	return (
		<Popover
			label={usageWords.receipt}
			trigger={
				<button
					type="button"
					aria-label={cost === null ? usageWords.receipt : `${cost}. ${usageWords.receipt}`}
					title={usageWords.receipt}
					className="num ml-1 inline-flex h-8 min-w-8 touch:h-11 touch:min-w-11 shrink-0 items-center justify-center gap-1.5 rounded-control px-1.5 text-meta text-muted hover:bg-hover hover:text-text"
				>
					{cost ?? <ReceiptTextIcon size={15} aria-hidden />}
				</button>
			}
		>
			<TurnBill turnId={turnId} kind={kind} />
		</Popover>
	);
}
