import { headers } from "next/headers";
import { redirect } from "next/navigation";
import type { ReactNode } from "react";
import { findViewer } from "@/app/find-viewer";
import { AccountNotices } from "@/components/account/account-notices";
import { ChatShell } from "@/components/shell/chat-shell";
import { sidebarScript } from "@/components/threads/sidebar-script";
import { caller } from "@/server/caller";

/** The frame of every chat page. The redirect is a courtesy: the procedures protect themselves. */
export default async function ChatLayout({ children }: { readonly children: ReactNode }) {
	const [viewer, head] = await Promise.all([findViewer(), headers()]);
	if (!viewer) redirect(`/sign-in?callbackUrl=${encodeURIComponent(head.get("x-pathname") ?? "/")}`);
	const server = caller();
	const [initialThreads, notices] = await Promise.all([
		server
			.trpc(viewer)
			.threads.list({})
			.catch(() => null),
		server.auth.listNotices(viewer.userId).catch(() => []),
	]);
	const { imageHosts, linkHosts, isTestModelOnly } = server.settings;
	const { userId, name, email, role } = viewer;
	return (
		<>
			<script
				nonce={head.get("x-nonce") ?? undefined}
				suppressHydrationWarning
				// biome-ignore lint/security/noDangerouslySetInnerHtml: a constant of ours that must run before the first paint.
				dangerouslySetInnerHTML={{ __html: sidebarScript }}
			/>
			<AccountNotices
				notices={notices.map((notice) => ({ ...notice, createdAt: notice.createdAt.toISOString() }))}
			/>
			<ChatShell
				settings={{ viewer: { userId, name, email, role }, imageHosts, linkHosts, isTestModelOnly }}
				initialThreads={initialThreads}
				renderedAt={new Date().toISOString()}
			>
				{children}
			</ChatShell>
		</>
	);
}
