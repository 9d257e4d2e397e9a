"use client";

import { messages } from "@/components/words/chat";
import "./globals.css";

/** The last resort: the frame of the page itself failed, so this brings its own. */
export default function GlobalError({ reset }: { reset(): void }) {
	return (
		<html lang="en">
			<body>
				<main className="flex min-h-dvh flex-col items-center justify-center gap-4 p-8 text-center">
					<h1 className="text-title font-semibold">{messages.pageFailed}</h1>
					<p className="text-muted">{messages.pageFailedBody}</p>
					<button type="button" onClick={reset} className="rounded-control bg-text px-4 py-2 text-bg">
						{messages.tryAgain}
					</button>
				</main>
			</body>
		</html>
	);
}
