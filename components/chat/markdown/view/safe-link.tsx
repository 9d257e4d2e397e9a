"use client";

import { ImageIcon } from "lucide-react";
import { type MouseEvent, type ReactNode, useSyncExternalStore } from "react";
import { usePageSettings } from "../../../shell/page-settings";
import { Button } from "../../../ui/button";
import { CopyButton } from "../../../ui/copy-button";
import { Dialog, DialogButtons } from "../../../ui/dialog";
import { messages } from "../../../words/chat";

/** A link in an answer. It asks, with the full address, before it leaves; a dead address is plain text. */
export function SafeLink({ href, children }: { readonly href?: string; readonly children?: ReactNode }) {
	const { linkHosts } = usePageSettings();
	const url = checkUrl(href, linkHosts);
	if (url.kind === "dead") return <span>{children}</span>;
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

/**
 * An image in an answer. Its address may carry away what the chat says, so it loads only from hosts that an operator has
 * listed; otherwise its description and its host stand in its place.
 */
export function BlockedImage({ src, alt }: { readonly src?: string | Blob; readonly alt?: string }) {
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
			aria-label={`${alt || messages.imageWithoutText}. ${messages.imageBlocked(host)}`}
			className="inline-flex max-w-full items-center gap-3 rounded-card border border-border bg-surface px-3.5 py-2.5 align-middle text-meta"
		>
			<ImageIcon size={16} aria-hidden className="shrink-0 text-muted" />
			<span className="min-w-0">
				<span className="block truncate">{alt || messages.imageWithoutText}</span>
				<span className="block truncate text-small text-muted">{messages.imageBlocked(host)}</span>
			</span>
		</span>
	);
}

let asked: string | null = null;
const listeners = new Set<() => void>();

/** Shows the whole address and opens it only if the reader says so. */
export function askToOpen(url: string | null): void {
	asked = url;
	for (const listener of listeners) listener();
}

function subscribe(listener: () => void) {
	listeners.add(listener);
	return () => void listeners.delete(listener);
}

export function LinkQuestion() {
	const url = useSyncExternalStore(
		subscribe,
		() => asked,
		() => null,
	);
	const close = () => askToOpen(null);
	const open = () => {
		if (url) window.open(url, "_blank", "noopener,noreferrer");
		close();
	};
	return (
		<Dialog isOpen={url !== null} title={messages.linkTitle} onClose={close}>
			<p className="text-muted">{messages.linkBody}</p>
			<p className="my-3 max-h-40 overflow-y-auto rounded-control bg-surface p-3 font-mono text-meta break-all">
				{url}
			</p>
			<DialogButtons>
				<CopyButton label={messages.linkCopy} getText={() => url ?? ""} className="mr-auto">
					{messages.linkCopy}
				</CopyButton>
				<Button onClick={close}>{messages.cancel}</Button>
				<Button kind="ink" onClick={open}>
					{messages.linkOpen}
				</Button>
			</DialogButtons>
		</Dialog>
	);
}

/** What may be done with an address that an answer wrote. */
export type CheckedUrl =
	| { readonly kind: "dead" }
	| { readonly kind: "foreign"; readonly href: string; readonly host: string; readonly isAllowed: boolean };

const protocols = new Set(["https:", "http:", "mailto:"]);

/**
 * Judges an address from an answer. Only web and mail addresses live; scripts, data and anything unreadable are dead.
 * Our own pages count as foreign too: a link must not act for the reader without being read.
 */
export function checkUrl(value: string | undefined, allowedHosts: readonly string[]): CheckedUrl {
	// A part of this page is for the answer's own links alone; they are made elsewhere.
	if (!value || value.startsWith("#")) return { kind: "dead" };
	const url = URL.parse(value, globalThis.location?.origin);
	if (!url || !protocols.has(url.protocol)) return { kind: "dead" };
	const isAllowed = url.protocol === "https:" && url.username === "" && isListed(url.hostname, allowedHosts);
	return { kind: "foreign", href: url.href, host: url.host || url.pathname, isAllowed };
}

/** `example.com` lists that host alone; `*.example.com` its subdomains. */
function isListed(host: string, allowedHosts: readonly string[]): boolean {
	return allowedHosts.some((allowed) =>
		allowed.startsWith("*.") ? host.endsWith(allowed.slice(1)) : host === allowed,
	);
}
