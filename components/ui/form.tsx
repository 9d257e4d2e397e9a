"use client";

import {
	type ComponentProps,
	type FormEvent,
	type ReactNode,
	useEffect,
	useId,
	useRef,
	useState,
} from "react";
import { type AccountFailure, toField, toText, words } from "../words/account";
import { Button, cn } from "./button";

/** A text field or a select of 36 px; 44 px and 16 px text on touch screens, where iOS zooms into smaller text. */
export const inputClass = cn(
	"h-9 touch:h-11 w-full rounded-control border border-border-strong bg-raised px-3 text-ui touch:text-base",
	"placeholder:text-faint read-only:bg-surface aria-invalid:border-danger",
);

export const linkClass = "rounded-sm text-accent-text underline decoration-1 underline-offset-4";

interface FieldProps extends Omit<ComponentProps<"input">, "id" | "className"> {
	readonly name: string;
	readonly label: string;
	readonly hint?: string;
	readonly state: FormState;
	/** A control inside the field, at its end; in tab order it follows the field. */
	readonly control?: ReactNode;
}

/** A labelled input; its hint and its error are part of its description, so that screen readers say them. */
export function Field({ label, hint, state, control, ...input }: FieldProps) {
	const id = useId();
	const error = state.failure?.field === input.name ? state.failure.text : null;
	const described = [error && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(" ");
	return (
		<div className="flex flex-col gap-1">
			<label htmlFor={id} className="self-start font-medium">
				{label}
			</label>
			<div className="relative">
				<input
					{...input}
					id={id}
					className={cn(inputClass, control && "pr-16")}
					aria-invalid={error !== null || undefined}
					aria-describedby={described || undefined}
				/>
				{control}
			</div>
			{error && (
				<p id={`${id}-error`} role="alert" className="text-meta text-danger">
					{error}
				</p>
			)}
			{hint && (
				<p id={`${id}-hint`} className="text-meta text-muted">
					{hint}
				</p>
			)}
		</div>
	);
}

/** A password can be pasted, filled by a manager and looked at (WCAG 2.2, 3.3.8). */
export function PasswordField(props: Omit<FieldProps, "type" | "control">) {
	const [isShown, setIsShown] = useState(false);
	return (
		<Field
			{...props}
			type={isShown ? "text" : "password"}
			required
			autoCapitalize="none"
			spellCheck={false}
			control={
				<button
					type="button"
					className="absolute inset-y-1 right-1 rounded-chip px-2 text-meta text-muted hover:text-text"
					onClick={() => setIsShown(!isShown)}
				>
					{isShown ? words.hide : words.show}
				</button>
			}
		/>
	);
}

interface SubmitButtonProps extends Pick<ComponentProps<typeof Button>, "kind" | "className"> {
	readonly state: FormState;
	/** There is nothing to send yet. */
	readonly isIdle?: boolean;
	/** What it says while the form is being sent. */
	readonly busy: string;
	readonly children: ReactNode;
}

/** Keeps its place and its focus while the form is busy. */
export function SubmitButton(props: SubmitButtonProps) {
	const { state, isIdle = false, busy, children, kind = "ink", className } = props;
	return (
		<Button
			type="submit"
			kind={kind}
			aria-disabled={state.isPending || isIdle}
			onClick={(event) => isIdle && event.preventDefault()}
			className={className}
		>
			{state.isPending ? busy : children}
		</Button>
	);
}

/** A failure of the form as a whole. */
export function FormError({ state }: { readonly state: FormState }) {
	if (!state.failure || state.failure.field !== null) return null;
	return <Notice isError>{state.failure.text}</Notice>;
}

interface NoticeProps {
	readonly isError?: boolean;
	readonly children: ReactNode;
}

/** A sentence that must be noticed; an error is said at once, the rest when the reader pauses. */
export function Notice({ isError = false, children }: NoticeProps) {
	return (
		<p
			role={isError ? "alert" : "status"}
			className={cn(
				"rounded-control border border-border bg-surface px-3 py-2",
				isError ? "text-danger" : "text-text",
			)}
		>
			{children}
		</p>
	);
}

/** What the parts of a form read. */
export interface FormState {
	readonly isPending: boolean;
	/** The text of the last failure, and the field it is about; without a field it belongs to the whole form. */
	readonly failure: { readonly field: string | null; readonly text: string } | null;
}

const read = (fields: FormData, name: string) => String(fields.get(name) ?? "");

/**
 * One form: runs `submit` once at a time, shows its failure and moves the focus to the field concerned. `data-ready`
 * says that the page's code has taken the form over; until then a submit goes nowhere and puts nothing into the address.
 */
export function useForm(submit: (field: (name: string) => string) => Promise<AccountFailure | null>) {
	const ref = useRef<HTMLFormElement>(null);
	const [state, setState] = useState<FormState>({ isPending: false, failure: null });

	useEffect(() => {
		if (ref.current) ref.current.dataset.ready = "true";
	}, []);

	async function run(event: FormEvent<HTMLFormElement>) {
		event.preventDefault();
		if (state.isPending) return;
		const fields = new FormData(event.currentTarget);
		setState({ isPending: true, failure: null });
		const failure = await submit((name) => read(fields, name)).catch(toLost);
		const field = failure && toField(failure);
		setState({ isPending: false, failure: failure && { field, text: toText(failure) } });
		const input = field ? ref.current?.elements.namedItem(field) : null;
		if (input instanceof HTMLElement) input.focus();
	}

	return { state, form: { ref, onSubmit: run, method: "post", "aria-busy": state.isPending } as const };
}

/** A call that ended without any answer of the server. */
const toLost = (): AccountFailure => ({ code: navigator.onLine ? "unreachable" : "offline", details: {} });
