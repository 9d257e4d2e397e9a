import Link from "next/link";
import type { ReactNode } from "react";
import { linkLook } from "./looks";

/** One page of the account: its heading, perhaps a sentence, what it is for. */
export function Frame({ title, intro, children }: { title: string; intro?: string; children: ReactNode }) {
	return (
		<div className="flex flex-col gap-6">
			<div className="flex flex-col gap-2">
				<h1 className="text-xl leading-7 font-semibold tracking-[-0.01em]">{title}</h1>
				{intro && <p className="text-(--muted)">{intro}</p>}
			</div>
			{children}
		</div>
	);
}

export function FrameSection({ title, children }: { title: string; children: ReactNode }) {
	return (
		<section className="flex flex-col gap-4 border-t border-(--border) pt-6">
			<h2 className="text-sm font-semibold">{title}</h2>
			{children}
		</section>
	);
}

/** A way on, below the form. */
export function FrameLink({ lead, href, children }: { lead?: string; href: string; children: ReactNode }) {
	return (
		<p className="text-sm text-(--muted)">
			{lead}{" "}
			<Link href={href} className={linkLook}>
				{children}
			</Link>
		</p>
	);
}
