import type { Metadata } from "next";
import Link from "next/link";
import type { ReactNode } from "react";
import { messages } from "@/components/messages";

export const metadata: Metadata = { robots: { index: false } };

export default function AdminLayout({ children }: { readonly children: ReactNode }) {
	return (
		<div className="min-h-dvh bg-bg text-text">
			<header className="px-4 py-3">
				<Link href="/" className="rounded-sm font-semibold">
					{messages.productName}
				</Link>
			</header>
			<main className="mx-auto w-full max-w-[872px] px-4 pt-6 pb-16">{children}</main>
		</div>
	);
}
