import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { findVisitor } from "@/app/find-viewer";
import { Frame, FrameLink } from "@/components/ui/page-frame";
import { UsageReport } from "@/components/usage/usage-report";
import { words } from "@/components/words/account";
import { usageWords } from "@/components/words/usage";
import { caller } from "@/server/caller";

export const metadata: Metadata = { title: usageWords.title };

/** What the person spent. The figures depend on the browser's time zone, so the browser asks for them. */
export default async function UsagePage() {
	const viewer = await findVisitor();
	if (!viewer || viewer === "suspended") redirect("/sign-in?callbackUrl=/usage");
	const { createdAt } = await caller().auth.getAccount(viewer.userId);
	return (
		<div data-wide>
			<Frame title={usageWords.title}>
				<FrameLink href="/">{words.backToChats}</FrameLink>
				<UsageReport since={createdAt.toISOString()} />
			</Frame>
		</div>
	);
}
