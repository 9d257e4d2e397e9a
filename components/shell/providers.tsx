"use client";

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { ThemeProvider, useTheme } from "next-themes";
import { type ReactNode, useEffect, useState } from "react";
import { isPassing } from "../connection/call-until-answered";
import { useSessionWatch } from "../connection/end-session";
import { toErrorCode } from "../connection/trpc-client";
import { Announcer } from "../ui/announcer";
import { Toasts } from "../ui/toast";
import { Tooltips } from "../ui/tooltips";
import { themeColors } from "./theme-colors";

const triesMax = 3;

function createQueryClient(): QueryClient {
	return new QueryClient({
		defaultOptions: {
			queries: {
				staleTime: 30_000,
				retry: (count, error) => count < triesMax && isPassing(toErrorCode(error)),
			},
		},
	});
}

/** What every page needs around it: theme, cache, announcements, notes. */
export function Providers({
	nonce,
	children,
}: {
	readonly nonce: string | undefined;
	readonly children: ReactNode;
}) {
	const [client] = useState(createQueryClient);
	useSessionWatch();
	useEffect(() => {
		// Browser tests wait for this: before it, the page is a picture.
		document.documentElement.dataset.hydrated = "true";
	}, []);
	return (
		<ThemeProvider attribute="data-theme" nonce={nonce} disableTransitionOnChange enableColorScheme={false}>
			<QueryClientProvider client={client}>
				{children}
				<Announcer />
				<Toasts />
				<Tooltips />
				<ThemeColor />
			</QueryClientProvider>
		</ThemeProvider>
	);
}

/** Keeps the colour of the browser's frame in step with a theme that was chosen by hand. */
export function ThemeColor() {
	const { resolvedTheme } = useTheme();
	useEffect(() => {
		const color = resolvedTheme === "dark" ? themeColors.dark : themeColors.light;
		for (const meta of document.querySelectorAll('meta[name="theme-color"]'))
			meta.setAttribute("content", color);
	}, [resolvedTheme]);
	return null;
}
