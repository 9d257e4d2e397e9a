"use client";

import { PencilIcon } from "lucide-react";
import { type KeyboardEvent, memo, useLayoutEffect, useRef } from "react";
import { usePageSettings } from "../../shell/page-settings";
import { Button, IconButton } from "../../ui/button";
import { CopyButton } from "../../ui/copy-button";
import { isComposing } from "../../ui/is-composing";
import { showToast } from "../../ui/toast";
import { useAutoGrow } from "../../ui/use-auto-grow";
import { messages } from "../../words/chat";
import { saveDraft, toEditKey } from "../composer/drafts";
import { useEditDraft } from "../composer/use-draft";
import { PinButton, PinMark } from "../context/pin-button";
import { FailureNote } from "../failure-note";
import { useScreen } from "../screen-context";
import type { ShownMessage } from "../state/chat-state";
import { useChat } from "../state/chat-store";
import { isSendable, toEditedParts } from "../state/message-parts";
import { BranchPicker } from "./branch-picker";
import { PartChips } from "./part-chips";

/** Actions are quiet until the pointer or the focus is near, and always there on touch. */
const hoverClass =
	"flex opacity-0 transition-opacity duration-100 group-focus-within/message:opacity-100 group-hover/message:opacity-100 touch:opacity-100";

/** What I said: a soft bubble, with its actions below it and its other versions beside them. */
export const UserMessage = memo(function UserMessage({ message }: { readonly message: ShownMessage }) {
	const { actions, getModel, store } = useScreen();
	const isEditing = useChat(store, (state) => state.editingId === message.id) && isSendable(message.parts);
	const setEditing = (isOpen: boolean) =>
		store.dispatch({ type: "edit-set", messageId: isOpen ? message.id : null });
	const editButton = useRef<HTMLButtonElement>(null);
	const { userId } = usePageSettings().viewer;
	const draftKey = toEditKey(userId, message.id);
	const cancel = (changed: string) => {
		saveDraft(draftKey, "");
		setEditing(false);
		if (changed !== message.text) {
			const reopen = () => {
				saveDraft(draftKey, changed);
				setEditing(true);
			};
			void showToast(messages.editDiscarded, { label: messages.undo, onClick: reopen });
		}
		requestAnimationFrame(() => editButton.current?.focus({ preventScroll: true }));
	};
	if (isEditing)
		return (
			<>
				<Title />
				<PartChips parts={message.parts} />
				<EditMessage
					canBeEmpty={toEditedParts(message.parts, "") !== null}
					text={message.text}
					draftKey={draftKey}
					onCancel={cancel}
					onSend={(text) => {
						saveDraft(draftKey, "");
						setEditing(false);
						actions.edit(message, text, getModel());
					}}
				/>
			</>
		);
	return (
		<>
			<Title />
			<div className="mb-1 flex justify-end empty:hidden">
				<PartChips parts={message.parts} />
			</div>
			<div className="flex flex-col items-end gap-1 md:flex-row-reverse">
				{message.text ? (
					<div
						data-lines
						className="max-w-[85%] min-w-0 rounded-bubble bg-user px-4 py-2.5 text-chat break-words whitespace-pre-wrap"
					>
						{message.text}
					</div>
				) : null}
				{message.delivery === "sent" ? (
					<div className="flex h-8 touch:h-11 shrink-0 items-center md:mb-[7.5px] md:touch:mb-0.5">
						<div className={hoverClass}>
							{message.text ? <CopyButton label={messages.copyMessage} getText={() => message.text} /> : null}
							<PinButton message={message} />
							{isSendable(message.parts) ? (
								<IconButton ref={editButton} label={messages.editMessage} onClick={() => setEditing(true)}>
									<PencilIcon size={15} aria-hidden />
								</IconButton>
							) : null}
						</div>
						{message.pinnedAt ? <PinMark /> : null}
						<BranchPicker message={message} />
					</div>
				) : null}
			</div>
			{message.delivery === "not-sent" ? <NotSent message={message} /> : null}
		</>
	);
});

function Title() {
	return <h2 className="sr-only">{messages.youSaid}</h2>;
}

/** A message that the server refused or never got: kept here, with the reason. */
function NotSent({ message }: { readonly message: ShownMessage }) {
	const { actions, composer, refetch } = useScreen();
	const { draft } = message;
	if (!message.failure || !draft) return null;
	const retry = () => actions.resend(draft);
	const edit = () => {
		actions.drop(draft);
		composer.current?.addMessage(draft);
		refetch();
	};
	return (
		<div className="mt-2 w-full">
			<p className="mb-1 text-end text-meta font-medium text-danger">{messages.notSent}</p>
			<FailureNote
				failure={message.failure}
				isDraft
				onRetry={retry}
				onEdit={edit}
				onAuto={draft.model === null ? undefined : () => actions.resend({ ...draft, model: null })}
			/>
		</div>
	);
}

interface EditMessageProps {
	/** What is not text stays, so that no words are needed. */
	readonly canBeEmpty: boolean;
	readonly text: string;
	/** Where the half-made change is kept. */
	readonly draftKey: string;
	onSend(text: string): void;
	/** Given up, with what was written. */
	onCancel(changed: string): void;
}

/** Changes a message in its own place. Sending makes a new version; the old one stays. */
export function EditMessage({ canBeEmpty, text, draftKey, onSend, onCancel }: EditMessageProps) {
	const [value, setValue] = useEditDraft(draftKey, text);
	const field = useRef<HTMLTextAreaElement>(null);
	useAutoGrow(field, value);
	useLayoutEffect(() => {
		const { current } = field;
		current?.focus({ preventScroll: true });
		current?.setSelectionRange(current.value.length, current.value.length);
	}, []);
	const canSend = canBeEmpty || value.trim() !== "";
	const press = (event: KeyboardEvent) => {
		if (isComposing(event)) return;
		if (event.key === "Escape") {
			event.preventDefault();
			onCancel(value);
		}
		if (event.key === "Enter" && (event.metaKey || event.ctrlKey) && canSend) onSend(value);
	};
	return (
		<div className="rounded-bubble border border-border-strong bg-user p-3 focus-within:border-accent focus-within:ring-1 focus-within:ring-accent">
			<textarea
				ref={field}
				aria-label={messages.editMessage}
				value={value}
				rows={1}
				onChange={(event) => setValue(event.target.value)}
				onKeyDown={press}
				className="max-h-[50vh] w-full resize-none bg-transparent px-1 text-chat outline-none"
			/>
			<div className="mt-2 flex justify-end gap-2">
				<Button onClick={() => onCancel(value)}>{messages.cancel}</Button>
				<Button kind="ink" disabled={!canSend} onClick={() => onSend(value)}>
					{messages.saveAndSend}
				</Button>
			</div>
		</div>
	);
}
