"use client";

import { useSyncExternalStore } from "react";
import { Dialog } from "../ui/dialog";
import { messages } from "../words/chat";
import { isMac, type ShortcutName, shortcuts, toKeys } from "./shortcut-keys";

/** Every shortcut with its keys. */
export function ShortcutSheet({ onClose }: { onClose(): void }) {
	return (
		<Dialog isOpen title={messages.shortcuts} onClose={onClose}>
			<dl className="grid grid-cols-[1fr_auto] gap-x-6 gap-y-2">
				{shortcuts.map((shortcut) => (
					<div key={shortcut.name} className="contents">
						<dt>{messages.shortcutNames[shortcut.name]}</dt>
						<dd className="text-right">
							<kbd className="rounded-chip border border-border bg-surface px-1.5 py-0.5 font-sans text-small">
								{toKeys(shortcut, isMac())}
							</kbd>
						</dd>
					</div>
				))}
			</dl>
		</Dialog>
	);
}

const subscribe = () => () => {};

/** The keys of a shortcut, written for this machine. Only a hint: assistive technology does not read it. */
export function ShortcutKeys({
	name,
	className,
}: {
	readonly name: ShortcutName;
	readonly className?: string;
}) {
	const onMac = useSyncExternalStore(subscribe, isMac, () => null);
	const shortcut = shortcuts.find((known) => known.name === name);
	if (!shortcut || onMac === null) return null;
	return (
		<kbd aria-hidden className={className}>
			{toKeys(shortcut, onMac)}
		</kbd>
	);
}
