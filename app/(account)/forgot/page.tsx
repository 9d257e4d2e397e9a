import type { Metadata } from "next";
import { ForgotForm } from "@/components/account/forgot-form";
import { Notice } from "@/components/ui/form";
import { Frame, FrameLink } from "@/components/ui/page-frame";
import { words } from "@/components/words/account";
import { caller } from "@/server/caller";

export const metadata: Metadata = { title: words.forgotTitle };
/** Whether mail is set is a fact of the running server, not of the build. */
export const dynamic = "force-dynamic";

export default function ForgotPage() {
	const { hasMail } = caller().auth.options;
	return (
		<Frame title={words.forgotTitle} {...(hasMail && { intro: words.forgotBody })}>
			{hasMail ? <ForgotForm /> : <Notice>{words.forgotNoMail}</Notice>}
			<FrameLink href="/sign-in">{words.backToSignIn}</FrameLink>
		</Frame>
	);
}
