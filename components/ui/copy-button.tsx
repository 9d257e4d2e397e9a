"use client";

import { CheckIcon, CopyIcon } from "lucide-react";
import { useEffect, useState } from "react";
import { messages } from "../words/chat";
import { announce } from "./announcer";
import { cn } from "./button";

interface CopyButtonProps {
	readonly label: string;
	/** The text is asked for only when it is wanted. */
	getText(): string;
	/** Shown beside the icon. */
	readonly children?: string;
	readonly className?: string;
	/** Names it for a shortcut that presses it. */
	readonly name?: string;
}

const confirmationMs = 1500;

/** Copies, shows a check for 1.5 s and says "Copied" to screen readers. */
export function CopyButton({ label, getText, children, className, name }: CopyButtonProps) {
	const [isCopied, setCopied] = useState(false);
	useEffect(() => {
		if (!isCopied) return;
		const timer = setTimeout(() => setCopied(false), confirmationMs);
		return () => clearTimeout(timer);
	}, [isCopied]);
	const copy = async () => {
		const isDone = await copyText(getText());
		setCopied(isDone);
		announce(isDone ? messages.copied : messages.copyFailed);
	};
	const Icon = isCopied ? CheckIcon : CopyIcon;
	return (
		<button
			type="button"
			aria-label={label}
			data-tip={label}
			data-copy={name}
			onClick={copy}
			className={cn(
				"inline-flex h-8 min-w-8 touch:h-11 touch:min-w-11 items-center justify-center gap-1.5 rounded-control px-1.5 text-meta text-muted",
				"transition-colors duration-100 hover:bg-hover hover:text-text",
				className,
			)}
		>
			<Icon size={15} aria-hidden />
			{children}
		</button>
	);
}

/** Copies text. Works without HTTPS too, where the clipboard interface does not exist. */
export async function copyText(text: string): Promise<boolean> {
	try {
		if (!navigator.clipboard) return copyThroughSelection(text);
		await navigator.clipboard.writeText(text);
		return true;
	} catch {
		return copyThroughSelection(text);
	}
}

function copyThroughSelection(text: string): boolean {
	const focused = document.activeElement;
	const area = document.createElement("textarea");
	area.value = text;
	area.style.position = "fixed";
	area.style.opacity = "0";
	document.body.append(area);
	area.select();
	const isCopied = document.execCommand("copy");
	area.remove();
	if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
	return isCopied;
}
