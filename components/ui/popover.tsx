"use client";

import { Popover as Radix } from "radix-ui";
import type { ReactNode } from "react";

interface PopoverProps {
	/** A button. */
	readonly trigger: ReactNode;
	readonly label: string;
	readonly children: ReactNode;
	/** Runs when it has closed and the trigger has the focus again. */
	onClosed?(): void;
}

/** Makes a button inside a popover close it. */
export const PopoverClose = Radix.Close;

/** A card beside its trigger; Escape and a click elsewhere close it, and the trigger gets the focus back. */
export function Popover({ trigger, label, children, onClosed }: PopoverProps) {
	return (
		<Radix.Root>
			<Radix.Trigger asChild>{trigger}</Radix.Trigger>
			<Radix.Portal>
				<Radix.Content
					align="start"
					sideOffset={6}
					collisionPadding={8}
					aria-label={label}
					// The focus goes back right after this event.
					onCloseAutoFocus={() => onClosed && queueMicrotask(onClosed)}
					className="appear z-50 max-h-[min(70vh,var(--radix-popover-content-available-height))] w-[min(26rem,calc(100vw-16px))] scroll-hint overflow-y-auto rounded-card border border-border p-4 text-meta shadow-raised"
				>
					{children}
				</Radix.Content>
			</Radix.Portal>
		</Radix.Root>
	);
}
