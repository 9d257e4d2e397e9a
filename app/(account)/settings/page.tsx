import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { findVisitor } from "@/app/find-viewer";
import { DeleteAccount } from "@/components/account/delete-account";
import { NameForm, PasswordForm, SessionsForm } from "@/components/account/settings-forms";
import { Frame, FrameLink, FrameSection } from "@/components/ui/page-frame";
import { words } from "@/components/words/account";
import { caller } from "@/server/caller";

export const metadata: Metadata = { title: words.settingsTitle };

export default async function SettingsPage() {
	const viewer = await findVisitor();
	if (!viewer || viewer === "suspended") redirect("/sign-in?callbackUrl=/settings");

	const account = await caller().auth.getAccount(viewer.userId);
	return (
		<Frame title={words.settingsTitle} intro={account.email}>
			<FrameLink href="/">{words.backToChats}</FrameLink>
			<FrameSection title={words.profileTitle}>
				<NameForm name={account.name} />
			</FrameSection>
			<FrameSection title={words.passwordTitle}>
				{account.hasPassword ? <PasswordForm email={account.email} /> : <p>{words.noPassword}</p>}
			</FrameSection>
			<FrameSection title={words.sessionsTitle}>
				<SessionsForm />
			</FrameSection>
			<FrameSection title={words.deleteTitle}>
				<DeleteAccount userId={account.userId} hasPassword={account.hasPassword} />
			</FrameSection>
		</Frame>
	);
}
