import { forgetChatStores } from "./chat/chat-store";
import { writeAllDrafts } from "./chat/drafts";

let isEnding = false;

/** Goes to the sign-in page and comes back here afterwards. Drafts are written first, so nothing typed is lost. */
export async function endSession(): Promise<void> {
	if (isEnding) return;
	isEnding = true;
	await writeAllDrafts();
	forgetChatStores();
	const back = `${location.pathname}${location.search}`;
	location.assign(`/sign-in?callbackUrl=${encodeURIComponent(back)}`);
}
