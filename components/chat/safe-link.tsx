"use client";

import type { MouseEvent, ReactNode } from "react";
import { usePageSettings } from "../page-settings";
import { checkUrl } from "./check-url";
import { askToOpen } from "./link-question";

/** A link in an answer. It asks, with the full address, before it leaves; a dead address is plain text. */
export function SafeLink({ href, children }: { readonly href?: string; readonly children?: ReactNode }) {
	const { linkHosts } = usePageSettings();
	const url = checkUrl(href, linkHosts);
	if (url.kind === "dead") return <span>{children}</span>;
	if (url.kind === "fragment")
		return (
			<a className="answer-link" href={url.href}>
				{children}
			</a>
		);
	const ask = (event: MouseEvent) => {
		if (url.isAllowed || event.button === 2) return;
		event.preventDefault();
		askToOpen(url.href);
	};
	return (
		<a
			className="answer-link"
			href={url.href}
			target="_blank"
			rel="noopener noreferrer"
			onClick={ask}
			onAuxClick={ask}
		>
			{children}
		</a>
	);
}
