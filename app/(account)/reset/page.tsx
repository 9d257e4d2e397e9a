import type { Metadata } from "next";
import { ResetForm } from "@/components/account/reset-form";
import { Notice } from "@/components/ui/form";
import { Frame, FrameLink } from "@/components/ui/page-frame";
import { words } from "@/components/words/account";
import { caller } from "@/server/caller";
import { first, type Query } from "../query";

export const metadata: Metadata = { title: words.resetTitle };

export default async function ResetPage({ searchParams }: { searchParams: Query }) {
	const token = first((await searchParams).token);
	const isOpen = (await caller().auth.findOneTimeLink("reset", token)) !== null;
	return (
		<Frame title={words.resetTitle} {...(isOpen && { intro: words.resetBody })}>
			{isOpen ? <ResetForm token={token} /> : <Notice>{words.resetGone}</Notice>}
			<FrameLink href="/sign-in">{words.backToSignIn}</FrameLink>
		</Frame>
	);
}
