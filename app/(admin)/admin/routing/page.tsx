import type { Metadata } from "next";
import { notFound, redirect } from "next/navigation";
import { findViewer } from "@/app/find-viewer";
import { RoutingPolicies } from "@/components/admin/routing/routing-policies";
import { Frame, FrameLink } from "@/components/ui/page-frame";
import { words } from "@/components/words/account";
import { routingWords } from "@/components/words/routing";

export const metadata: Metadata = { title: routingWords.title };

/** How Auto chooses between small and strong models. The check is a courtesy: the procedures protect themselves. */
export default async function RoutingPage() {
	const viewer = await findViewer();
	if (!viewer) redirect("/sign-in?callbackUrl=/admin/routing");
	if (viewer.role !== "admin") notFound();
	return (
		<Frame title={routingWords.title} intro={routingWords.intro}>
			<FrameLink href="/">{words.backToChats}</FrameLink>
			<RoutingPolicies />
		</Frame>
	);
}
