import { GeistMono } from "geist/font/mono";
import { GeistSans } from "geist/font/sans";
import type { Metadata, Viewport } from "next";
import { headers } from "next/headers";
import type { ReactNode } from "react";
import { Providers } from "@/components/shell/providers";
import { themeColors } from "@/components/shell/theme-colors";
import { messages } from "@/components/words/chat";
import { findViewer } from "./find-viewer";
import "./globals.css";

export const metadata: Metadata = {
	title: messages.productName,
	icons: { icon: "/icon.svg" },
	robots: { index: false, follow: false },
	referrer: "same-origin",
};

export const viewport: Viewport = {
	width: "device-width",
	initialScale: 1,
	viewportFit: "cover",
	interactiveWidget: "resizes-content",
	themeColor: [
		{ media: "(prefers-color-scheme: light)", color: themeColors.light },
		{ media: "(prefers-color-scheme: dark)", color: themeColors.dark },
	],
};

/** Reading the request's nonce makes every page dynamic, which the content security policy needs. */
export default async function RootLayout({ children }: { readonly children: ReactNode }) {
	const nonce = (await headers()).get("x-nonce") ?? undefined;
	const viewer = await findViewer();
	return (
		<html
			lang="en"
			data-viewer={viewer?.userId}
			suppressHydrationWarning
			className={`${GeistSans.variable} ${GeistMono.variable}`}
		>
			<head>
				{/* Addresses in answers must not even be looked up before a person follows them. */}
				<meta httpEquiv="x-dns-prefetch-control" content="off" />
			</head>
			<body>
				<Providers nonce={nonce}>{children}</Providers>
			</body>
		</html>
	);
}
