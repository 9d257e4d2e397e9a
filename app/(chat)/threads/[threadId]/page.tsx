import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { findViewer } from "@/app/find-viewer";
import { ChatPage } from "@/components/chat/chat-page";
import { caller } from "@/server/caller";

/** A thread opens at its end, also in the moment before the page can run. */
const scrollScript = `document.querySelector(".thread-scroller")?.scrollTo(0, 1e9)`;

interface Props {
	readonly params: Promise<{ threadId: string }>;
}

/** A chat with its newest messages in the first answer of the server. */
export default async function ThreadPage({ params }: Props) {
	const { threadId } = await params;
	const viewer = await findViewer();
	if (!viewer) redirect(`/sign-in?callbackUrl=${encodeURIComponent(`/threads/${threadId}`)}`);
	// A failure may pass, and a missing thread has words: the page asks again by itself and says what is wrong.
	const initialPage = await caller()
		.trpc(viewer)
		.threads.get({ threadId })
		.catch(() => null);
	return (
		<>
			<ChatPage initialPage={initialPage} />
			<script
				nonce={(await headers()).get("x-nonce") ?? undefined}
				suppressHydrationWarning
				// biome-ignore lint/security/noDangerouslySetInnerHtml: a constant of ours that must run before the first paint.
				dangerouslySetInnerHTML={{ __html: scrollScript }}
			/>
		</>
	);
}
