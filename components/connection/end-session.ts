import { writeDrafts } from "../chat/composer/drafts";
import { forgetChatStores } from "../chat/state/chat-store";

let isEnding = false;

/** Goes to the sign-in page and comes back here afterwards. Drafts are written first, so nothing typed is lost. */
export async function endSession(): Promise<void> {
	if (isEnding) return;
	isEnding = true;
	writeDrafts();
	forgetChatStores();
	const back = `${location.pathname}${location.search}`;
	location.assign(`/sign-in?callbackUrl=${encodeURIComponent(back)}`);
}
