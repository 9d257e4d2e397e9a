"use client";

import { useEffect, useState } from "react";
import { announce } from "../announcer";
import { messages } from "../messages";

/** Short losses are not worth a word. */
const patienceMs = 2_000;

/** A thin bar while the browser has no network. It goes by itself. */
export function OfflineBar() {
	const [isShown, setShown] = useState(false);
	useEffect(() => {
		let timer: ReturnType<typeof setTimeout> | undefined;
		const check = () => {
			clearTimeout(timer);
			if (navigator.onLine) setShown(false);
			else timer = setTimeout(() => setShown(true), patienceMs);
		};
		check();
		window.addEventListener("online", check);
		window.addEventListener("offline", check);
		return () => {
			clearTimeout(timer);
			window.removeEventListener("online", check);
			window.removeEventListener("offline", check);
		};
	}, []);
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
