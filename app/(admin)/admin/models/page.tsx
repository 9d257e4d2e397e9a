import type { Metadata } from "next";
import { notFound, redirect } from "next/navigation";
import { findViewer } from "@/app/(chat)/find-viewer";
import { Frame, FrameLink } from "@/components/account/frame";
import { words } from "@/components/account/words";
import { ModelStates } from "@/components/admin/model-states";
import { adminWords } from "@/components/admin/words";

export const metadata: Metadata = { title: adminWords.modelsTitle };

/** Which models are called. The check is a courtesy: the procedures protect themselves. */
export default async function ModelsPage() {
	const viewer = await findViewer();
	if (!viewer) redirect("/sign-in?callbackUrl=/admin/models");
	if (viewer.role !== "admin") notFound();
	return (
		<Frame title={adminWords.modelsTitle} intro={adminWords.modelsIntro}>
			<FrameLink href="/">{words.backToChats}</FrameLink>
			<ModelStates userId={viewer.userId} />
		</Frame>
	);
}
