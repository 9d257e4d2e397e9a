import type { Metadata } from "next";
import type { ReactNode } from "react";
import { PageShell } from "@/components/ui/page-frame";

/** These addresses carry one-time tokens: no other site learns where a reader came from. */
export const metadata: Metadata = { referrer: "no-referrer", robots: { index: false } };

export default function AccountLayout({ children }: { readonly children: ReactNode }) {
	return <PageShell width="form">{children}</PageShell>;
}
