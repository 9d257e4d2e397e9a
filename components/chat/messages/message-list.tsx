"use client";

import { ArrowDownIcon } from "lucide-react";
import { messages as words } from "../../words/chat";
import { type ChatStore, useChat } from "../state/chat-store";
import { copySelection } from "./copy-selection";
import { drawnMax, useDrawnExchanges } from "./drawn-exchanges";
import { Exchange } from "./exchange";
import { useExchangeBlocks } from "./exchange-blocks";
import { useJumpTarget, useOlderMessages } from "./use-older-messages";
import { useThreadScroll } from "./use-thread-scroll";

/** Exchanges at the end that are drawn always; those before them only while they are in view. */
const newestMax = 3;

/** The messages of a thread, in exchanges of one question and its answer. */
export function MessageList({ store }: { readonly store: ChatStore }) {
	const messages = useChat(store, (state) => state.messages);
	const sentKey = useChat(store, (state) => state.sentKey);
	const liveId = useChat(store, (state) => state.live?.assistantMessageId ?? null);
	const blocks = useExchangeBlocks(messages);
	const count = blocks.reduce((sum, { exchanges }) => sum + exchanges.length, 0);
	const isOld = (index: number) => index < count - newestMax;
	const scroll = useThreadScroll(sentKey);
	const older = useOlderMessages(store, scroll.element);
	const drawn = useDrawnExchanges(scroll.element);
	useJumpTarget(store, scroll.stop);

	return (
		<div className="relative min-h-0 flex-1">
			<div
				ref={scroll.scrollRef}
				className="thread-scroller absolute inset-0"
				data-testid="thread"
				onCopy={copySelection}
			>
				<div ref={scroll.contentRef} className="relative mx-auto max-w-[752px] px-4 py-6">
					<div ref={older.sentinel} className="h-px" />
					{older.isLoading ? (
						<p className="absolute inset-x-0 top-1 text-center text-meta text-muted">{words.olderMessages}</p>
					) : null}
					{blocks.map(({ key, firstIndex, exchanges }) => (
						<div key={key} className="exchange-block" data-old={isOld(firstIndex + exchanges.length - 1)}>
							{exchanges.map((exchange, index) => (
								<Exchange
									key={exchange[0]?.key}
									messages={exchange}
									drawn={drawn}
									isOld={isOld(firstIndex + index)}
									isDrawnAtFirst={firstIndex + index >= count - drawnMax}
									isSent={exchange[0]?.key === sentKey && firstIndex + index === count - 1}
									isLast={firstIndex + index === count - 1}
									liveId={exchange.some(({ id }) => id === liveId) ? liveId : null}
								/>
							))}
						</div>
					))}
				</div>
			</div>
			{scroll.isFar ? (
				<button
					type="button"
					aria-label={words.jumpToLatest}
					data-tip={words.jumpToLatest}
					onClick={scroll.jump}
					className="appear absolute bottom-3 left-1/2 flex size-9 touch:size-11 -translate-x-1/2 items-center justify-center rounded-full border border-border bg-raised shadow-raised hover:bg-surface"
				>
					<ArrowDownIcon size={16} aria-hidden />
				</button>
			) : null}
		</div>
	);
}
