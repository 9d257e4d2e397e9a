import { FileIcon, ImageIcon, PuzzleIcon, XIcon } from "lucide-react";
import type { SentPart } from "@/server/client";
import { cn, IconButton } from "../../ui/button";
import { messages } from "../../words/chat";
import type { ShownMessage } from "../state/chat-state";

type Part = NonNullable<ShownMessage["parts"]>[number] | SentPart;

interface PartChipsProps {
	readonly parts: readonly Part[] | null;
	readonly className?: string;
	/** Takes out the chip at this place. */
	onRemove?(at: number): void;
}

/** What a message holds beside its words: a labelled chip for each image, each file and each part that is unknown here. */
export function PartChips({ parts, className, onRemove }: PartChipsProps) {
	const chips = (parts ?? []).flatMap(toChip);
	if (chips.length === 0) return null;
	return (
		<ul
			aria-label={messages.attachments}
			className={cn(
				"flex max-w-[85%] flex-wrap gap-1.5 low:-order-2",
				onRemove ? "justify-start" : "justify-end",
				className,
			)}
		>
			{chips.map(({ Icon, label }, index) => (
				<li
					// The parts of a message never change their order.
					// biome-ignore lint/suspicious/noArrayIndexKey: a part has no other name
					key={index}
					className="flex min-w-0 items-center gap-1.5 rounded-chip border border-border bg-surface px-2 py-1 text-meta text-muted"
				>
					<Icon size={15} aria-hidden className="shrink-0" />
					<span className="truncate">{label}</span>
					{onRemove ? (
						<IconButton
							label={messages.removePart(label)}
							className="-my-1 -mr-2 size-7 touch:size-11"
							onClick={() => onRemove(index)}
						>
							<XIcon size={14} aria-hidden />
						</IconButton>
					) : null}
				</li>
			))}
		</ul>
	);
}

function toChip(part: Part) {
	if (part.type === "image") return [{ Icon: ImageIcon, label: messages.image }];
	if (part.type === "file") return [{ Icon: FileIcon, label: part.name }];
	if (part.type === "unknown") return [{ Icon: PuzzleIcon, label: messages.unknownPart }];
	return [];
}
