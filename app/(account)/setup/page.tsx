import type { Metadata } from "next";
import { RegistrationForm } from "@/components/account/registration-form";
import { Notice } from "@/components/ui/form";
import { Frame, FrameLink } from "@/components/ui/page-frame";
import { words } from "@/components/words/account";
import { caller } from "@/server/caller";
import { first, type Query } from "../query";

export const metadata: Metadata = { title: words.setupTitle };

export default async function SetupPage({ searchParams }: { searchParams: Query }) {
	const token = first((await searchParams).token);
	const { auth } = caller();
	if (await auth.hasAdministrator()) {
		return (
			<Frame title={words.setupDone}>
				<FrameLink href="/sign-in">{words.signIn}</FrameLink>
			</Frame>
		);
	}
	const isOpen = (await auth.findOneTimeLink("setup", token)) !== null;
	return (
		<Frame title={words.setupTitle} intro={words.setupBody}>
			{isOpen ? <RegistrationForm kind="setup" token={token} /> : <Notice>{words.setupGone}</Notice>}
		</Frame>
	);
}
