import { useEffect } from "react";
import { writeDrafts } from "../chat/composer/drafts";
import { forgetChatStores } from "../chat/state/chat-store";
import { findPageViewer, onViewerLost } from "./page-viewer";

let isEnding = false;

/** Goes to the sign-in page, which leads back here. Drafts are written first, so nothing typed is lost. */
export function endSession(): void {
	const back = `${location.pathname}${location.search}`;
	leave(`/sign-in?callbackUrl=${encodeURIComponent(back)}`);
}

/** Gives the tab to the person who is signed in now: what stands here belongs to another one, who finds it again. */
function giveAway(): void {
	leave("/");
}

function leave(path: string): void {
	if (isEnding) return;
	isEnding = true;
	writeDrafts();
	forgetChatStores();
	location.assign(path);
}

/** Every tab of this browser hears it, whichever person it belongs to. */
const channelName = "parley-session";

/** Tells the other tabs who is signed in from now on; null after a sign-out. They leave if they show another person. */
export function tellTabs(userId: string | null): void {
	const channel = new BroadcastChannel(channelName);
	channel.postMessage(userId);
	channel.close();
}

/** Leaves this page as soon as its person is signed out, or another one signed in, in any tab. */
export function useSessionWatch(): void {
	useEffect(() => {
		const viewer = findPageViewer();
		if (viewer === null) return;
		const channel = new BroadcastChannel(channelName);
		channel.onmessage = ({ data }: MessageEvent<string | null>) => {
			if (data === null) endSession();
			else if (data !== viewer) giveAway();
		};
		tellTabs(viewer);
		const stop = onViewerLost((isAnother) => (isAnother ? giveAway() : endSession()));
		return () => {
			channel.close();
			stop();
		};
	}, []);
}
