import type { Metadata } from "next";
import Link from "next/link";
import type { ReactNode } from "react";
import { words } from "@/components/account/words";

/** These addresses carry one-time tokens: nobody is told where a reader came from. */
export const metadata: Metadata = { referrer: "no-referrer", robots: { index: false } };

export default function AccountLayout({ children }: { children: ReactNode }) {
	return (
		<div className="min-h-dvh bg-(--bg) text-sm text-(--text)">
			<header className="px-4 py-3">
				<Link
					href="/"
					className="rounded-sm font-semibold focus-visible:outline-2 focus-visible:outline-(--accent)"
				>
					{words.productName}
				</Link>
			</header>
			<main className="mx-auto w-full max-w-[392px] px-4 pt-[10vh] pb-16 has-[[data-wide]]:max-w-[720px] has-[[data-wide]]:pt-6">
				{children}
			</main>
		</div>
	);
}
