import { notFound, redirect } from "next/navigation";
import { ChatPage } from "@/components/chat/chat-page";
import { caller } from "@/server/caller";
import { findViewer } from "../../find-viewer";

interface Props {
	readonly params: Promise<{ threadId: string }>;
}

/** A chat with its newest messages in the first answer of the server. */
export default async function ThreadPage({ params }: Props) {
	const { threadId } = await params;
	const viewer = await findViewer();
	if (!viewer) redirect(`/sign-in?callbackUrl=${encodeURIComponent(`/threads/${threadId}`)}`);
	return <ChatPage initialPage={await readThread(viewer, threadId)} />;
}

async function readThread(viewer: NonNullable<Awaited<ReturnType<typeof findViewer>>>, threadId: string) {
	try {
		return await caller().trpc(viewer).threads.get({ threadId });
	} catch (error) {
		const code = error instanceof Error && "code" in error ? error.code : null;
		if (code === "NOT_FOUND" || code === "BAD_REQUEST") notFound();
		// Anything else may pass: the page asks again by itself and says what is wrong.
		return null;
	}
}
