"use client";

import { ChevronLeftIcon, ChevronRightIcon } from "lucide-react";
import { announce } from "../../ui/announcer";
import { IconButton } from "../../ui/button";
import { messages } from "../../words/chat";
import { useScreen } from "../screen-context";
import type { ShownMessage } from "../state/chat-state";

/** `‹ 2/3 ›`: the versions of a message. The arrow keys work while one of its buttons has the focus. */
export function BranchPicker({ message }: { readonly message: ShownMessage }) {
	const { actions } = useScreen();
	const { index, ids } = message.siblings;
	if (ids.length < 2) return null;
	const show = (at: number) => {
		const id = ids[at];
		if (!id || at === index) return;
		actions.selectBranch(id);
		announce(messages.versions(at + 1, ids.length));
	};
	return (
		// biome-ignore lint/a11y/useSemanticElements: a fieldset is for form fields; these are two buttons and a count.
		<div
			role="group"
			aria-label={messages.versions(index + 1, ids.length)}
			className="flex items-center text-meta text-muted"
			onKeyDown={(event) => {
				if (event.key === "ArrowLeft") show(index - 1);
				else if (event.key === "ArrowRight") show(index + 1);
				else return;
				event.preventDefault();
			}}
		>
			<IconButton
				label={messages.previousVersion}
				aria-disabled={index === 0}
				onClick={() => show(index - 1)}
				className="w-6 aria-disabled:opacity-40"
			>
				<ChevronLeftIcon size={15} aria-hidden />
			</IconButton>
			<span className="num px-1">
				{index + 1}/{ids.length}
			</span>
			<IconButton
				label={messages.nextVersion}
				aria-disabled={index === ids.length - 1}
				onClick={() => show(index + 1)}
				className="w-6 aria-disabled:opacity-40"
			>
				<ChevronRightIcon size={15} aria-hidden />
			</IconButton>
		</div>
	);
}
