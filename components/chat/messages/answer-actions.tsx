"use client";

import { useQuery } from "@tanstack/react-query";
import {
	ChevronDownIcon,
	CircleArrowUpIcon,
	CornerDownRightIcon,
	EllipsisIcon,
	EyeIcon,
	LayersIcon,
	PinIcon,
	PinOffIcon,
	ReceiptTextIcon,
	RefreshCwIcon,
} from "lucide-react";
import { useRef } from "react";
import type { Receipt } from "@/server/client";
import { Button, IconButton } from "../../ui/button";
import { CopyButton } from "../../ui/copy-button";
import { Menu, MenuItem, MenuLabel } from "../../ui/menu";
import { Popover, PopoverClose } from "../../ui/popover";
import { toMoney } from "../../usage/money";
import { RouteNote } from "../../usage/route-note";
import { TurnBill } from "../../usage/turn-bill";
import { limitsQuery } from "../../usage/usage-queries";
import { messages } from "../../words/chat";
import { contextWords } from "../../words/context";
import { usageWords } from "../../words/usage";
import { PinMark } from "../context/pin-button";
import { useSetPin } from "../context/use-pin";
import { useScreen } from "../screen-context";
import type { ShownMessage } from "../state/chat-state";
import { useModelName, useModels } from "../state/queries";
import { hasFailureNote, isContinuable, isFiltered } from "./answer-ending";
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
	const answerWithAll = () => {
		if (parentMessageId) actions.regenerate(parentMessageId, getModel(), { strategy: "full" });
	};
	const stronger = turn?.status === "complete" ? findStronger(turn.receipt) : null;
	return (
		<>
			<div className="-ml-2 flex items-center">
				{message.text ? <CopyButton label={messages.copyAnswer} getText={() => message.text} /> : null}
				{isLast && hasFailureNote(message) ? null : (
					<IconButton label={messages.tryAgain} onClick={() => regenerate(getModel())}>
						<RefreshCwIcon size={15} aria-hidden />
					</IconButton>
				)}
				{stronger === null ? null : (
					<IconButton label={messages.tryStronger} onClick={() => regenerate(stronger)}>
						<CircleArrowUpIcon size={15} aria-hidden />
					</IconButton>
				)}
				<AnswerMenu
					message={message}
					onChoose={turn && isFiltered(turn) ? null : regenerate}
					onFull={turn && isFiltered(turn) ? null : answerWithAll}
				/>
				{isLast && isContinuable(message) && !hasFailureNote(message) ? (
					<Button kind="quiet" className="px-2" onClick={() => actions.continue(message)}>
						<CornerDownRightIcon size={15} aria-hidden />
						{messages.continue}
					</Button>
				) : null}
				<BranchPicker message={message} />
				{message.pinnedAt ? <PinMark /> : null}
			</div>
			{turn?.receipt ? (
				<ReceiptLine turnId={turn.turnId} receipt={turn.receipt} isEmpty={!message.text} />
			) : null}
		</>
	);
}

/** The strong model that Auto passed over for this answer; null where none was. */
function findStronger(receipt: Receipt | null): string | null {
	const route = receipt?.route;
	if (!route || (route.road !== "small" && route.road !== "draft")) return null;
	return receipt.modelId === route.otherModelId ? null : route.otherModelId;
}

interface AnswerMenuProps {
	readonly message: ShownMessage;
	/** Null where no other answer is offered. */
	readonly onChoose: ((model: string) => void) | null;
	/** Answers again with the whole chat. */
	readonly onFull: (() => void) | null;
}

/** What else can be done with an answer. */
function AnswerMenu({ message, onChoose, onFull }: AnswerMenuProps) {
	const models = useModels()?.models ?? [];
	const setPin = useSetPin();
	const isPinned = message.pinnedAt !== null;
	const others = onChoose && models.length > 1 ? models : [];
	if (!message.text && others.length === 0) return null;
	const Pin = isPinned ? PinOffIcon : PinIcon;
	return (
		<Menu
			trigger={
				<IconButton label={messages.moreActions}>
					<EllipsisIcon size={15} aria-hidden />
				</IconButton>
			}
		>
			{message.text ? (
				<MenuItem icon={<Pin size={15} aria-hidden />} onSelect={() => void setPin(message.id, !isPinned)}>
					{isPinned ? contextWords.unpin : contextWords.pin}
				</MenuItem>
			) : null}
			{onFull ? (
				<MenuItem icon={<LayersIcon size={15} aria-hidden />} onSelect={onFull}>
					{contextWords.fullContext}
				</MenuItem>
			) : null}
			{others.length > 0 ? <MenuLabel>{messages.tryAgainWith}</MenuLabel> : null}
			{others.map(({ id, name }) => (
				<MenuItem key={id} onSelect={() => onChoose?.(id)}>
					{name}
				</MenuItem>
			))}
		</Menu>
	);
}

interface ReceiptProps {
	readonly turnId: string;
	readonly receipt: Receipt;
	/** The answer has no words: what it cost is not worth a word then, but what was tried may be. */
	readonly isEmpty: boolean;
}

/** "Model · 3.1 s · $0.0004": the parts keep together when there is no room for all of them. */
function ReceiptLine({ turnId, receipt, isEmpty }: ReceiptProps) {
	const toName = useModelName();
	const seconds = new Intl.NumberFormat("en", { maximumFractionDigits: 1, minimumFractionDigits: 1 });
	if (isEmpty && receipt.attempts === 0) return null;
	return (
		<p className="num ml-1 flex min-w-0 items-center text-meta text-muted" data-chrome>
			{isEmpty ? null : (
				<>
					{receipt.modelId ? <span className="truncate">{toName(receipt.modelId)}</span> : null}
					{receipt.modelId ? <Dot /> : null}
					{receipt.route ? (
						<>
							<span className="shrink-0">{messages.modelAuto}</span>
							<Dot />
						</>
					) : null}
					<span className="shrink-0">{messages.seconds(seconds.format(receipt.durationMs / 1000))}</span>
				</>
			)}
			<ReceiptPopover turnId={turnId} receipt={receipt} isEmpty={isEmpty} />
		</p>
	);
}

function Dot() {
	return (
		<span aria-hidden className="px-1.5">
			·
		</span>
	);
}

/** What an answer cost, as the person's plan shows it; a click shows its attempts and tokens. */
function ReceiptPopover({ turnId, receipt, isEmpty }: ReceiptProps) {
	const { showContext } = useScreen();
	const wantsContext = useRef(false);
	// Only how costs are shown: what is used changes with every turn, and a long thread has a thousand of these.
	const { data: kind } = useQuery({ ...limitsQuery(), select: ({ receipt: shown }) => shown });
	if (!kind) return null;
	const showWanted = () => {
		if (wantsContext.current) showContext({ type: "answer", turnId });
		wantsContext.current = false;
	};
	const cost = receipt.costNanoUsd === null || isEmpty ? null : toMoney(receipt.costNanoUsd, kind);
	return (
		<>
			{isEmpty ? null : <Dot />}
			<Popover
				label={usageWords.receipt}
				onClosed={showWanted}
				trigger={
					<button
						type="button"
						aria-label={cost === null ? usageWords.receipt : `${cost}. ${usageWords.receipt}`}
						data-tip={usageWords.receipt}
						className="num -ml-1.5 inline-flex h-8 touch:h-11 min-w-8 touch:min-w-11 shrink-0 items-center justify-center gap-0.5 rounded-control px-1.5 text-meta text-muted hover:bg-hover hover:text-text"
					>
						{cost ?? <ReceiptTextIcon size={15} aria-hidden />}
						<ChevronDownIcon size={13} aria-hidden />
					</button>
				}
			>
				{receipt.route ? <RouteNote route={receipt.route} kind={kind} /> : null}
				<TurnBill turnId={turnId} kind={kind} />
				<PopoverClose asChild>
					<Button className="mt-3" onClick={() => (wantsContext.current = true)}>
						<EyeIcon size={15} aria-hidden />
						{contextWords.details}
					</Button>
				</PopoverClose>
			</Popover>
		</>
	);
}
