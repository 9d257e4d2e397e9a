"use client";

import { type ComponentProps, type ReactNode, useId, useState } from "react";
import { buttonLooks, inputLook, ring } from "./looks";
import type { FormState } from "./use-form";
import { words } from "./words";

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
			<label htmlFor={id} className="self-start text-sm font-medium">
				{label}
			</label>
			<div className="relative">
				<input
					{...input}
					id={id}
					className={`${inputLook} ${control ? "pr-16" : ""}`}
					aria-invalid={error !== null || undefined}
					aria-describedby={described || undefined}
				/>
				{control}
			</div>
			{error && (
				<p id={`${id}-error`} role="alert" className="text-[13px] leading-5 text-(--danger)">
					{error}
				</p>
			)}
			{hint && (
				<p id={`${id}-hint`} className="text-[13px] leading-5 text-(--muted)">
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
					className={`absolute inset-y-1 right-1 rounded-md px-2 text-[13px] text-(--muted) hover:text-(--text) ${ring}`}
					onClick={() => setIsShown(!isShown)}
				>
					{isShown ? words.hide : words.show}
				</button>
			}
		/>
	);
}

/** Keeps its place and its focus while the form is busy. */
export function SubmitButton({
	state,
	busy,
	children,
	look = "primary",
}: {
	state: FormState;
	/** What it says meanwhile. */
	busy: string;
	children: ReactNode;
	look?: keyof typeof buttonLooks;
}) {
	return (
		<button type="submit" aria-disabled={state.isPending} className={buttonLooks[look]}>
			{state.isPending ? busy : children}
		</button>
	);
}

/** A failure of the form as a whole. */
export function FormError({ state }: { state: FormState }) {
	if (!state.failure || state.failure.field !== null) return null;
	return <Notice isError>{state.failure.text}</Notice>;
}

/** A sentence that must be noticed; an error is said at once, the rest when the reader pauses. */
export function Notice({ isError = false, children }: { isError?: boolean; children: ReactNode }) {
	return (
		<p
			role={isError ? "alert" : "status"}
			className={`rounded-lg border border-(--border) bg-(--surface) px-3 py-2 text-sm ${isError ? "text-(--danger)" : "text-(--text)"}`}
		>
			{children}
		</p>
	);
}
