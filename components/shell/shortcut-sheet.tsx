"use client";

import { useSyncExternalStore } from "react";
import { Dialog } from "../ui/dialog";
import { messages } from "../words/chat";
import { isMac, type Shortcut, type ShortcutName, shortcutGroups, shortcuts, toKeys } from "./shortcut-keys";

/** Every shortcut with its keys. */
export function ShortcutSheet({ onClose }: { onClose(): void }) {
	return (
		<Dialog isOpen title={messages.shortcuts} onClose={onClose}>
			<div className="flex flex-col gap-5">
				{shortcutGroups.map((group) => (
					<section key={group} aria-labelledby={`shortcuts-${group}`}>
						<h3 id={`shortcuts-${group}`} className="mb-2 text-meta text-muted">
							{messages.shortcutGroups[group]}
						</h3>
						<dl className="grid grid-cols-[1fr_auto] gap-x-6 gap-y-2">
							{shortcuts.filter((shortcut) => shortcut.group === group).map(toRow)}
						</dl>
					</section>
				))}
			</div>
		</Dialog>
	);
}

function toRow(shortcut: Shortcut) {
	return (
		<div key={shortcut.name} className="contents">
			<dt>{messages.shortcutNames[shortcut.name]}</dt>
			<dd className="text-right">
				<kbd className="rounded-chip border border-border bg-surface px-1.5 py-0.5 font-sans text-small">
					{toKeys(shortcut, isMac())}
				</kbd>
			</dd>
		</div>
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
