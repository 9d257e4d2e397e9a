"use client";

import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { ThemeProvider } from "next-themes";
import { type ReactNode, useEffect, useState } from "react";
import { Announcer } from "./announcer";
import { isPassing } from "./chat/retry-delay";
import { endSession } from "./end-session";
import { ThemeColor } from "./theme-color";
import { toErrorCode } from "./trpc-client";
import { Toasts } from "./ui/toast";

const triesMax = 3;

function createQueryClient(): QueryClient {
	return new QueryClient({
		queryCache: new QueryCache({
			onError: (error) => {
				if (toErrorCode(error) === "unauthorized") void endSession();
			},
		}),
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
				<ThemeColor />
			</QueryClientProvider>
		</ThemeProvider>
	);
}
