import type { Metadata } from "next";
import { notFound, redirect } from "next/navigation";
import { findViewer } from "@/app/find-viewer";
import { ModelStates } from "@/components/admin/model-states";
import { Frame, FrameLink } from "@/components/ui/page-frame";
import { words } from "@/components/words/account";
import { adminWords } from "@/components/words/admin";

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
