"use client";

import { CheckIcon, CopyIcon } from "lucide-react";
import { useEffect, useState } from "react";
import { announce } from "../announcer";
import { messages } from "../messages";
import { cn } from "./class-names";
import { copyText } from "./copy-text";

interface CopyButtonProps {
	readonly label: string;
	/** The text is asked for only when it is wanted. */
	getText(): string;
	/** Shown beside the icon. */
	readonly children?: string;
	readonly className?: string;
}

const confirmationMs = 1500;

/** Copies, shows a check for 1.5 s and says "Copied" to screen readers. */
export function CopyButton({ label, getText, children, className }: CopyButtonProps) {
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
			title={label}
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
