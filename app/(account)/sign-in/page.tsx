import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { findVisitor } from "@/app/find-viewer";
import { toCallbackPath } from "@/components/account/callback-path";
import { SignInForm } from "@/components/account/sign-in-form";
import { Notice } from "@/components/ui/form";
import { Frame, FrameLink } from "@/components/ui/page-frame";
import { words } from "@/components/words/account";
import { caller } from "@/server/caller";
import { first, type Query } from "../query";

export const metadata: Metadata = { title: words.signIn };

export default async function SignInPage({ searchParams }: { searchParams: Query }) {
	const { callbackUrl, error } = await searchParams;
	const { auth } = caller();
	const viewer = await findVisitor();
	if (viewer && viewer !== "suspended") redirect(toCallbackPath(callbackUrl));

	const errorCode = first(error) || (viewer === "suspended" ? viewer : null);
	return (
		<Frame title={words.signInTitle}>
			{!(await auth.hasAdministrator()) && <Notice>{words.notSetUp}</Notice>}
			<SignInForm
				callbackPath={toCallbackPath(callbackUrl)}
				providers={auth.options.providers}
				errorCode={errorCode}
			/>
			{auth.options.signUp === "on" && (
				<FrameLink lead={words.noAccount} href="/sign-up">
					{words.signUp}
				</FrameLink>
			)}
		</Frame>
	);
}
