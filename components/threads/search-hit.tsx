import { useEffect, useRef } from "react";
import type { SearchHit } from "@/server/client";
import { cn } from "../ui/button";
import { toShortDate } from "./short-date";

/** A chat that was found, and the passage with the words. */
export function SearchHitRow(props: {
	readonly id: string;
	readonly hit: SearchHit;
	readonly isActive: boolean;
	onActive(): void;
	onChoose(): void;
}) {
	const row = useRef<HTMLDivElement>(null);
	useEffect(() => {
		if (props.isActive) row.current?.scrollIntoView({ block: "nearest" });
	}, [props.isActive]);
	const { title, snippet, writtenAt, activeAt } = props.hit;
	const at = writtenAt ?? activeAt;
	return (
		// biome-ignore lint/a11y/useKeyWithClickEvents: the combobox above has the keys of its options.
		<div
			ref={row}
			id={props.id}
			role="option"
			tabIndex={-1}
			aria-selected={props.isActive}
			onPointerMove={props.onActive}
			onClick={props.onChoose}
			className={cn("rounded-control px-3 py-2", props.isActive && "bg-hover")}
		>
			<div className="flex items-baseline gap-3">
				<span className="min-w-0 flex-1 truncate font-medium">{title}</span>
				<time dateTime={at} className="num shrink-0 text-small text-muted">
					{toShortDate(new Date(at), new Date())}
				</time>
			</div>
			<p className="line-clamp-2 text-meta text-muted">
				{snippet.map(({ text, isMatch }, index) =>
					// biome-ignore lint/suspicious/noArrayIndexKey: the parts of one snippet never change place.
					isMatch ? <mark key={index}>{text}</mark> : <span key={index}>{text}</span>,
				)}
			</p>
		</div>
	);
}
