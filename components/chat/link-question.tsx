"use client";

import { useSyncExternalStore } from "react";
import { messages } from "../messages";
import { Button } from "../ui/button";
import { CopyButton } from "../ui/copy-button";
import { Dialog } from "../ui/dialog";

let asked: string | null = null;
const listeners = new Set<() => void>();

/** Shows the whole address and opens it only if the reader says so. */
export function askToOpen(url: string | null): void {
	asked = url;
	for (const listener of listeners) listener();
}

function subscribe(listener: () => void) {
	listeners.add(listener);
	return () => void listeners.delete(listener);
}

export function LinkQuestion() {
	const url = useSyncExternalStore(
		subscribe,
		() => asked,
		() => null,
	);
	const close = () => askToOpen(null);
	const open = () => {
		if (url) window.open(url, "_blank", "noopener,noreferrer");
		close();
	};
	return (
		<Dialog isOpen={url !== null} title={messages.linkTitle} onClose={close}>
			<p className="text-muted">{messages.linkBody}</p>
			<p className="my-3 max-h-40 overflow-y-auto rounded-control bg-surface p-3 font-mono text-meta break-all">
				{url}
			</p>
			<div className="flex items-center justify-end gap-2">
				<CopyButton label={messages.linkCopy} getText={() => url ?? ""} className="mr-auto">
					{messages.linkCopy}
				</CopyButton>
				<Button onClick={close}>{messages.cancel}</Button>
				<Button kind="ink" onClick={open}>
					{messages.linkOpen}
				</Button>
			</div>
		</Dialog>
	);
}
