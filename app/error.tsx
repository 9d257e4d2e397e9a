"use client";

import { Button } from "@/components/ui/button";
import { messages } from "@/components/words/chat";

/** A page that failed. The digest is the name under which the server logged it. */
export default function PageError({ error, reset }: { error: Error & { digest?: string }; reset(): void }) {
	return (
		<main className="flex min-h-dvh flex-col items-center justify-center gap-4 p-8 text-center">
			<h1 className="text-title font-semibold">{messages.pageFailed}</h1>
			<p className="text-muted">{messages.pageFailedBody}</p>
			<Button kind="ink" onClick={reset}>
				{messages.tryAgain}
			</Button>
			{error.digest ? <p className="font-mono text-small text-muted">{error.digest}</p> : null}
		</main>
	);
}
