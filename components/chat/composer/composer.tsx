"use client";

import { ArrowUpIcon, SquareIcon } from "lucide-react";
import { type FormEvent, type Ref, useRef, useState } from "react";
import { messageCharactersMax } from "@/server/contract/limits";
import { usePageSettings } from "../../shell/page-settings";
import { cn } from "../../ui/button";
import { linkClass } from "../../ui/form";
import { Popover } from "../../ui/popover";
import { useAutoGrow } from "../../ui/use-auto-grow";
import { messages } from "../../words/chat";
import { ContextMeter } from "../context/context-meter";
import { PartChips } from "../messages/part-chips";
import { useScreen } from "../screen-context";
import { joinTexts, type SendRequest } from "../state/chat-state";
import { type ChatStore, useChat } from "../state/chat-store";
import { toEditedParts, toImages } from "../state/message-parts";
import { type ComposerHandle, typeAbove, useComposerHandle } from "./composer-handle";
import { type Draft, emptyDraft } from "./drafts";
import { ModelPicker, useModelChoice } from "./model-picker";
import { QueuedMessage } from "./queued-message";
import { useComposerKeys } from "./use-composer-keys";
import { useDraft } from "./use-draft";

interface ComposerProps {
	readonly store: ChatStore;
	readonly ref: Ref<ComposerHandle>;
}

/** The field for the next message. Typing never waits for anything. */
export function Composer({ store, ref }: ComposerProps) {
	const { actions } = useScreen();
	const [draft, change] = useDraft(store);
	const { text, images } = draft;
	const changeText = (next: string) => change({ ...draft, text: next });
	const [model, setModel] = useModelChoice(store);
	const [isChoosing, setChoosing] = useState(false);
	const field = useRef<HTMLTextAreaElement>(null);
	const isBusy = useChat(store, (state) => state.live !== null);
	const canStop = useChat(store, ({ live }) =>
		live?.turnId ? !live.isStopping : live?.isResending === true,
	);
	const isFirst = useChat(store, (state) => state.messages.length === 0);
	const isTooLong = text.length > messageCharactersMax;
	const hasContent = text.trim() !== "" || images.length > 0;
	const isStop = isBusy && !hasContent;
	useAutoGrow(field, text);

	const send = () => {
		if (!hasContent || isTooLong) return;
		const message = { text, parts: toEditedParts(images, text), model };
		if (!isBusy) actions.send(message);
		// Two messages that wait together may be longer than one may be: then this one stays here.
		else if (!actions.queue(message)) return;
		change(emptyDraft);
	};
	const keys = useComposerKeys({ store, text, change: changeText, send, stop: actions.stop });
	const addMessage: ComposerHandle["addMessage"] = (added) => change(addAbove(field.current, added, draft));
	useComposerHandle(ref, { field, model, addMessage, openModels: () => setChoosing(true) });

	const submit = (event: FormEvent) => {
		event.preventDefault();
		(isStop ? actions.stop : send)();
		field.current?.focus();
	};
	return (
		<form
			id="composer"
			onSubmit={submit}
			className="mx-auto w-full max-w-[784px] shrink-0 px-2.5 pb-[max(8px,env(safe-area-inset-bottom))] md:px-4"
		>
			<QueuedMessage store={store} onEdit={addMessage} />
			{isTooLong ? <TooLong characters={text.length} /> : null}
			<div className="rounded-composer border border-border bg-raised px-4 pt-3 pb-2.5 shadow-raised focus-within:border-border-strong low:flex low:flex-wrap low:items-end low:gap-x-2 low:py-1">
				<PartChips
					parts={images}
					className="mb-2"
					onRemove={(at) => change({ ...draft, images: images.filter((_, index) => index !== at) })}
				/>
				<textarea
					ref={field}
					data-composer
					rows={1}
					value={text}
					aria-label={messages.messageField}
					placeholder={isFirst ? messages.messagePlaceholderFirst : messages.messagePlaceholder}
					onChange={(event) => changeText(event.target.value)}
					onKeyDown={keys}
					enterKeyHint="enter"
					className="block max-h-[40vh] min-h-[27px] w-full resize-none overflow-y-auto bg-transparent text-chat outline-none placeholder:text-faint low:mb-1 low:w-0 low:flex-1"
				/>
				<div className="mt-2 flex items-center justify-between low:contents">
					<ModelPicker
						model={model}
						onChoose={setModel}
						isOpen={isChoosing}
						onOpenChange={setChoosing}
						onCloseFocus={() => field.current?.focus()}
					/>
					<div className="flex items-center gap-1">
						<ContextMeter store={store} model={model} />
						<SendButton isStop={isStop} isDisabled={isStop ? !canStop : !hasContent || isTooLong} />
					</div>
				</div>
			</div>
			<Footnote />
		</form>
	);
}

/** A message that comes back, above what is being written. */
function addAbove(
	field: HTMLTextAreaElement | null,
	added: Pick<SendRequest, "text" | "parts">,
	{ text, images }: Draft,
): Draft {
	const isTyped = typeAbove(field, added.text);
	return {
		text: isTyped && field ? field.value : joinTexts(added.text, text),
		images: [...toImages(added.parts), ...images],
	};
}

/** One button in one place: it sends, or stops the answer. It keeps the focus through both. */
function SendButton({ isStop, isDisabled }: { readonly isStop: boolean; readonly isDisabled: boolean }) {
	const label = isStop ? messages.stop : messages.send;
	return (
		<button
			type="submit"
			aria-label={label}
			data-tip={label}
			aria-disabled={isDisabled}
			onMouseDown={(event) => event.preventDefault()}
			className="flex size-9 touch:size-11 items-center justify-center rounded-full bg-text text-bg transition-opacity duration-100 hover:opacity-90 aria-disabled:opacity-30"
		>
			{isStop ? (
				<SquareIcon size={12} fill="currentColor" aria-hidden />
			) : (
				<ArrowUpIcon size={18} strokeWidth={2.25} aria-hidden />
			)}
		</button>
	);
}

function TooLong({ characters }: { readonly characters: number }) {
	const format = new Intl.NumberFormat("en");
	return (
		<p role="alert" className="mb-2 px-4 text-meta text-danger">
			{messages.tooLong(format.format(characters), format.format(messageCharactersMax))}
		</p>
	);
}

function Footnote() {
	const { isTestModelOnly, viewer } = usePageSettings();
	return (
		<p className={cn("pt-2 text-center text-small low:pt-1", isTestModelOnly ? "text-text" : "text-muted")}>
			{isTestModelOnly ? messages.testModelOnly : messages.disclaimer}
			{isTestModelOnly && viewer.role === "admin" ? <AddProvider /> : null}
		</p>
	);
}

/** Where an administrator sets a provider: in the server's settings, which no page can change. */
function AddProvider() {
	return (
		<Popover
			label={messages.addProvider}
			trigger={
				<button type="button" className={cn(linkClass, "ml-1 min-h-6 touch:min-h-11")}>
					{messages.addProvider}
				</button>
			}
		>
			{messages.addProviderBody}
		</Popover>
	);
}
