"use client";

import { CheckIcon } from "lucide-react";
import { DropdownMenu as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { cn } from "./button";

interface MenuProps {
	readonly trigger: ReactNode;
	readonly children: ReactNode;
	readonly align?: "start" | "end";
	readonly side?: "top" | "bottom";
	readonly isOpen?: boolean;
	onOpenChange?(isOpen: boolean): void;
	/** Runs instead of giving focus back to the trigger. */
	onCloseFocus?(): void;
}

/** A menu below (or above) its trigger, which must be a button. */
export function Menu({ trigger, children, align = "start", side = "bottom", ...rest }: MenuProps) {
	return (
		<Radix.Root modal={false} open={rest.isOpen} onOpenChange={rest.onOpenChange}>
			<Radix.Trigger asChild>{trigger}</Radix.Trigger>
			<Radix.Portal>
				<Radix.Content
					align={align}
					side={side}
					sideOffset={6}
					collisionPadding={8}
					onCloseAutoFocus={(event) => {
						// What was chosen may have opened a field, which has the focus already.
						const isTyping = document.activeElement?.matches("input, textarea") === true;
						if (!rest.onCloseFocus && !isTyping) return;
						event.preventDefault();
						if (!isTyping) rest.onCloseFocus?.();
					}}
					className={cn(
						"appear z-50 max-h-[min(60vh,var(--radix-dropdown-menu-content-available-height))] min-w-44 overflow-y-auto",
						"scroll-hint rounded-card border border-border p-1 shadow-raised",
					)}
				>
					{children}
				</Radix.Content>
			</Radix.Portal>
		</Radix.Root>
	);
}

const itemClass = cn(
	"flex min-h-8 touch:min-h-11 items-center gap-2 rounded-control px-2.5 py-1 text-ui outline-none select-none",
	"data-[highlighted]:bg-hover",
);

export function MenuItem(props: {
	readonly children: ReactNode;
	readonly icon?: ReactNode;
	readonly isDanger?: boolean;
	onSelect(): void;
}) {
	return (
		<Radix.Item className={cn(itemClass, props.isDanger && "text-danger")} onSelect={props.onSelect}>
			{props.icon}
			{props.children}
		</Radix.Item>
	);
}

export function MenuLabel({ children }: { readonly children: ReactNode }) {
	return <Radix.Label className="px-2.5 pt-2 pb-1 text-small text-muted">{children}</Radix.Label>;
}

export function MenuSeparator() {
	return <Radix.Separator className="mx-1 my-1 h-px bg-border" />;
}

interface Choice {
	readonly value: string;
	readonly label: string;
	readonly icon?: ReactNode;
	readonly hint?: string;
	/** What is wrong with it at present. */
	readonly mark?: string;
}

/** One choice out of several; the chosen one carries a check. */
export function MenuChoices(props: {
	readonly choices: readonly Choice[];
	readonly value: string;
	onChoose(value: string): void;
}) {
	return (
		<Radix.RadioGroup value={props.value} onValueChange={props.onChoose}>
			{props.choices.map(({ value, label, icon, hint, mark }) => (
				<Radix.RadioItem key={value} value={value} className={itemClass}>
					{icon}
					<span className="min-w-0 flex-1">
						<span className="block truncate">{label}</span>
						{hint ? <span className="block truncate text-small text-muted">{hint}</span> : null}
						{mark ? <span className="block truncate text-small text-warn">{mark}</span> : null}
					</span>
					<Radix.ItemIndicator>
						<CheckIcon size={16} aria-hidden />
					</Radix.ItemIndicator>
				</Radix.RadioItem>
			))}
		</Radix.RadioGroup>
	);
}
