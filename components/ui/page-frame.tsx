import type { ReactNode } from "react";
import { messages } from "../words/chat";
import { cn } from "./button";
import { linkClass } from "./form";

const widths = {
	form: "max-w-[392px] pt-[12vh] has-[[data-wide]]:max-w-[720px] has-[[data-wide]]:pt-6",
	wide: "max-w-[872px] pt-6",
};

/** The frame of all pages beside the chat. A page inside a `form` frame may ask for more room with `data-wide`. */
export function PageShell(props: { readonly width: keyof typeof widths; readonly children: ReactNode }) {
	return (
		<div className="min-h-dvh bg-bg text-ui text-text">
			<header className="px-4 py-3">
				<a href="/" className="rounded-sm font-semibold">
					{messages.productName}
				</a>
			</header>
			<main className={cn("mx-auto w-full px-4 pb-16", widths[props.width])}>{props.children}</main>
		</div>
	);
}

interface FrameProps {
	readonly title: string;
	readonly intro?: string;
	readonly children: ReactNode;
}

/** A page beside the chat (account, usage, administration): its heading, perhaps a sentence, what it is for. */
export function Frame({ title, intro, children }: FrameProps) {
	return (
		<div className="flex flex-col gap-6">
			<div className="flex flex-col gap-2">
				<h1 className="text-title font-semibold tracking-tight">{title}</h1>
				{intro && <p className="text-muted">{intro}</p>}
			</div>
			{children}
		</div>
	);
}

export function FrameSection({ title, children }: Omit<FrameProps, "intro">) {
	return (
		<section className="flex flex-col gap-4 border-t border-border pt-6">
			<h2 className="font-semibold">{title}</h2>
			{children}
		</section>
	);
}

/** A link to another page, below the form. Every page is a document of its own, made for the person of that moment. */
export function FrameLink(props: {
	readonly lead?: string;
	readonly href: string;
	readonly children: ReactNode;
}) {
	return (
		<p className="text-muted">
			{props.lead}{" "}
			<a href={props.href} className={linkClass}>
				{props.children}
			</a>
		</p>
	);
}
