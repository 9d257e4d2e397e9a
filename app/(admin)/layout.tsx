import type { Metadata } from "next";
import type { ReactNode } from "react";
import { PageShell } from "@/components/ui/page-frame";

export const metadata: Metadata = { robots: { index: false } };

export default function AdminLayout({ children }: { readonly children: ReactNode }) {
	return <PageShell width="wide">{children}</PageShell>;
}
