"use client";

import { XIcon } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import { type ReactNode, useEffect, useRef } from "react";
import { messages } from "../words/chat";
import { cn, IconButton } from "./button";
import { isComposing } from "./is-composing";

interface DialogProps {
	readonly isOpen: boolean;
	readonly title: string;
	readonly className?: string;
	readonly isTitleHidden?: boolean;
	readonly children: ReactNode;
	onClose(): void;
}

/** A modal dialog: Esc and a click beside it close it, and focus goes back to where it was. */
export function Dialog({ isOpen, title, className, isTitleHidden, children, onClose }: DialogProps) {
	const returnFocus = useReturnFocus(isOpen);
	return (
		<Radix.Root open={isOpen} onOpenChange={(next) => !next && onClose()}>
			<Radix.Portal>
				<Radix.Overlay className="appear fixed inset-0 z-40 bg-black/30" />
				<Radix.Content
					aria-describedby={undefined}
					onCloseAutoFocus={returnFocus}
					onEscapeKeyDown={keepWhileComposing}
					className={cn(
						"appear fixed top-[12vh] left-1/2 z-50 max-h-[76vh] -translate-x-1/2 overflow-y-auto",
						"scroll-hint rounded-card border border-border shadow-raised outline-none",
						!isTitleHidden && "p-5",
						className ?? "w-[min(92vw,480px)]",
					)}
				>
					<div className={cn("mb-3 flex items-start justify-between gap-4", isTitleHidden && "sr-only")}>
						<Radix.Title className="text-base font-semibold">{title}</Radix.Title>
						<Radix.Close asChild>
							<IconButton label={messages.close} className="-mt-1.5 -mr-1.5">
								<XIcon size={16} />
							</IconButton>
						</Radix.Close>
					</div>
					{children}
				</Radix.Content>
			</Radix.Portal>
		</Radix.Root>
	);
}

/** Escape then ends the composition, not the dialog. */
function keepWhileComposing(event: KeyboardEvent): void {
	if (isComposing(event)) event.preventDefault();
}

/** Our dialogs are opened from anywhere, so there is no trigger that Radix could give the focus back to. */
function useReturnFocus(isOpen: boolean): (event: Event) => void {
	const wasOpen = useRef(false);
	const opener = useRef<Element | null>(null);
	// While rendering: in an effect a field of the dialog would have the focus already.
	if (isOpen && !wasOpen.current && typeof document !== "undefined") opener.current = document.activeElement;
	wasOpen.current = isOpen;
	return (event) => {
		event.preventDefault();
		// What the dialog led to may have taken the focus meanwhile.
		const isFree = document.activeElement === null || document.activeElement === document.body;
		if (isFree && opener.current instanceof HTMLElement) opener.current.focus({ preventScroll: true });
	};
}

/** The buttons at the end of a dialog; the one that does what the title asks comes last. */
export function DialogButtons({ children }: { readonly children: ReactNode }) {
	return <div className="flex flex-wrap items-center justify-end gap-2">{children}</div>;
}

/** The system's way back (a gesture or a button on Android) closes what is open instead of leaving the page. */
function useCloseOnBack(isOpen: boolean, onClose: () => void): void {
	const latest = useRef(onClose);
	latest.current = onClose;
	useEffect(() => {
		if (!isOpen || !window.CloseWatcher) return;
		const watcher = new window.CloseWatcher();
		watcher.onclose = () => latest.current();
		return () => watcher.destroy();
	}, [isOpen]);
}

interface Watcher {
	onclose: (() => void) | null;
	destroy(): void;
}

declare global {
	interface Window {
		/** Not in every browser yet. */
		readonly CloseWatcher?: new () => Watcher;
	}
}

/** A panel that slides in from the start side: the list of chats on a phone. */
export function Drawer({ isOpen, title, children, onClose }: DialogProps) {
	useCloseOnBack(isOpen, onClose);
	return (
		<Radix.Root open={isOpen} onOpenChange={(next) => !next && onClose()}>
			<Radix.Portal>
				<Radix.Overlay className="appear fixed inset-0 z-40 bg-black/40" />
				<Radix.Content
					aria-describedby={undefined}
					onEscapeKeyDown={keepWhileComposing}
					className="slide-in fixed inset-y-0 left-0 z-50 flex w-[min(86vw,320px)] flex-col bg-surface outline-none"
				>
					<Radix.Title className="sr-only">{title}</Radix.Title>
					{children}
				</Radix.Content>
			</Radix.Portal>
		</Radix.Root>
	);
}
