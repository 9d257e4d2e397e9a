import type { Metadata } from "next";
import { RegistrationForm } from "@/components/account/registration-form";
import { Notice } from "@/components/ui/form";
import { Frame, FrameLink } from "@/components/ui/page-frame";
import { words } from "@/components/words/account";
import { caller } from "@/server/caller";
import { first, type Query } from "../query";

export const metadata: Metadata = { title: words.signUp };

export default async function SignUpPage({ searchParams }: { searchParams: Query }) {
	const token = first((await searchParams).token);
	return (
		<Frame title={token ? words.invitedTitle : words.signUpTitle}>
			{await chooseForm(token)}
			<FrameLink lead={words.haveAccount} href="/sign-in">
				{words.signIn}
			</FrameLink>
		</Frame>
	);
}

async function chooseForm(token: string) {
	const { auth } = caller();
	const { signUp } = auth.options;
	if (signUp === "off") return <Notice>{words.signUpClosed}</Notice>;
	if (!token)
		return signUp === "on" ? <RegistrationForm kind="sign-up" /> : <Notice>{words.signUpByInvite}</Notice>;
	const invitation = await auth.findOneTimeLink("invite", token);
	if (!invitation) return <Notice>{words.inviteGone}</Notice>;
	return <RegistrationForm kind="invite" token={token} email={invitation.email} />;
}
