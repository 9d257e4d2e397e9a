import { FileIcon, ImageIcon, PuzzleIcon } from "lucide-react";
import { messages } from "../../words/chat";
import type { ShownMessage } from "../state/chat-state";

type Part = NonNullable<ShownMessage["parts"]>[number];

/** What a message holds beside its words: a labelled chip for each image, each file and each part that is unknown here. */
export function PartChips({ parts }: { readonly parts: ShownMessage["parts"] }) {
	const chips = (parts ?? []).flatMap(toChip);
	if (chips.length === 0) return null;
	return (
		<ul aria-label={messages.attachments} className="flex max-w-[85%] flex-wrap justify-end gap-1.5">
			{chips.map(({ Icon, label }, index) => (
				<li
					// The parts of a message never change their order.
					// biome-ignore lint/suspicious/noArrayIndexKey: a part has no other name
					key={index}
					className="flex min-w-0 items-center gap-1.5 rounded-chip border border-border bg-surface px-2 py-1 text-meta text-muted"
				>
					<Icon size={15} aria-hidden className="shrink-0" />
					<span className="truncate">{label}</span>
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
