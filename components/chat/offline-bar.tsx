"use client";

import { useEffect, useState } from "react";
import { useIsOnline } from "../connection/browser-state";
import { announce } from "../ui/announcer";
import { messages } from "../words/chat";

/** Short losses are not worth a word. */
const patienceMs = 2_000;

/** A thin bar while the browser has no network. It goes by itself. */
export function OfflineBar() {
	const isOnline = useIsOnline();
	const [isShown, setShown] = useState(false);
	useEffect(() => {
		if (isOnline) return setShown(false);
		const timer = setTimeout(() => setShown(true), patienceMs);
		return () => clearTimeout(timer);
	}, [isOnline]);
	useEffect(() => {
		if (isShown) announce(messages.offlineBar);
	}, [isShown]);
	if (!isShown) return null;
	return (
		<p className="border-b border-border bg-surface px-4 py-1 text-center text-meta text-muted">
			{messages.offlineBar}
		</p>
	);
}
