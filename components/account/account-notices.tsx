"use client";

import { useState } from "react";
import { trpc } from "../connection/trpc-client";
import { Button } from "../ui/button";
import { words } from "../words/account";

export interface ShownNotice {
	readonly noticeId: string;
	readonly kind: "reset_link_created";
	/** ISO 8601. */
	readonly createdAt: string;
}

/** What happened to the account and its owner has to see, on every page until it is dismissed. */
export function AccountNotices({ notices }: { readonly notices: readonly ShownNotice[] }) {
	const [dismissed, setDismissed] = useState<readonly string[]>([]);
	const shown = notices.filter(({ noticeId }) => !dismissed.includes(noticeId));
	if (shown.length === 0) return null;
	return (
		<div role="alert" className="fixed inset-x-0 top-0 z-50 flex flex-col gap-px bg-border shadow-md">
			{shown.map(({ noticeId, kind, createdAt }) => (
				<div key={noticeId} className="flex items-center justify-center gap-3 bg-surface px-4 py-2 text-ui">
					<p>{words.notice[kind](createdAt.slice(0, 10))}</p>
					<Button
						kind="outline"
						onClick={() => {
							setDismissed((known) => [...known, noticeId]);
							// Shown again on the next page if the server did not hear of it.
							trpc.account.dismissNotice.mutate({ noticeId }).catch(() => undefined);
						}}
					>
						{words.dismiss}
					</Button>
				</div>
			))}
		</div>
	);
}
