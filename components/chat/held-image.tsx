"use client";

import { ImageIcon } from "lucide-react";
import { messages } from "../messages";
import { usePageSettings } from "../page-settings";
import { checkUrl } from "./check-url";

/**
 * An image in an answer. Its address may carry away what the chat says, so it loads only from hosts that an operator has
 * listed; otherwise its description and its host stand in its place.
 */
export function HeldImage({ src, alt }: { readonly src?: string | Blob; readonly alt?: string }) {
	const { imageHosts } = usePageSettings();
	const url = checkUrl(typeof src === "string" ? src : undefined, imageHosts);
	if (url.kind === "foreign" && url.isAllowed)
		return (
			// biome-ignore lint/performance/noImgElement: the address is foreign, so Next's image proxy must not fetch it.
			<img
				src={url.href}
				alt={alt ?? ""}
				loading="lazy"
				decoding="async"
				referrerPolicy="no-referrer"
				className="max-h-96 max-w-full rounded-card border border-border"
			/>
		);
	const host = url.kind === "foreign" ? url.host : messages.unknownHost;
	return (
		<span
			role="img"
			aria-label={`${alt || messages.imageWithoutText}. ${messages.imageHeld(host)}`}
			className="inline-flex max-w-full items-center gap-3 rounded-card border border-border bg-surface px-3.5 py-2.5 align-middle text-meta"
		>
			<ImageIcon size={16} aria-hidden className="shrink-0 text-muted" />
			<span className="min-w-0">
				<span className="block truncate">{alt || messages.imageWithoutText}</span>
				<span className="block truncate text-small text-muted">{messages.imageHeld(host)}</span>
			</span>
		</span>
	);
}
