"use client";

import { messages } from "./messages";
import { isMac, shortcuts, toKeys } from "./shortcuts";
import { Dialog } from "./ui/dialog";

/** Every shortcut with its keys. */
export default function ShortcutSheet({ onClose }: { onClose(): void }) {
	return (
		<Dialog isOpen title={messages.shortcuts} onClose={onClose}>
			<dl className="grid grid-cols-[1fr_auto] gap-x-6 gap-y-2">
				{shortcuts.map((shortcut) => (
					<div key={shortcut.name} className="contents">
						<dt>{messages.shortcutNames[shortcut.name]}</dt>
						<dd>
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
