"use client";

import { useState } from "react";
import { attempt, changePassword, leaveSignedOut, untilGone } from "../connection/session";
import { trpc } from "../connection/trpc-client";
import { Field, FormError, Notice, PasswordField, SubmitButton, useForm } from "../ui/form";
import { words } from "../words/account";

export function NameForm({ name }: { name: string }) {
	const [isSaved, setIsSaved] = useState(false);
	const [saved, setSaved] = useState(name);
	const [written, setWritten] = useState(name);
	const isChanged = written.trim() !== saved && written.trim() !== "";
	const { state, form } = useForm(async (field) => {
		const next = field("name").trim();
		const failure = await attempt(() => trpc.account.updateName.mutate({ name: next }));
		if (!failure) setSaved(next);
		setIsSaved(failure === null);
		return failure;
	});
	return (
		<form {...form} className="flex flex-col gap-4">
			<FormError state={state} />
			{isSaved && <Notice>{words.saved}</Notice>}
			<Field
				name="name"
				label={words.name}
				state={state}
				value={written}
				onChange={(event) => {
					setWritten(event.target.value);
					setIsSaved(false);
				}}
				required
				maxLength={100}
				autoComplete="name"
			/>
			<SubmitButton
				state={state}
				isIdle={!isChanged}
				busy={words.saving}
				kind="outline"
				className="self-start"
			>
				{words.save}
			</SubmitButton>
		</form>
	);
}

export function PasswordForm({ email }: { email: string }) {
	const [isChanged, setIsChanged] = useState(false);
	const { state, form } = useForm(async (field) => {
		setIsChanged(false);
		const failure = await changePassword(email, {
			currentPassword: field("currentPassword"),
			newPassword: field("newPassword"),
		});
		if (failure) return failure;
		form.ref.current?.reset();
		setIsChanged(true);
		return null;
	});
	return (
		<form {...form} className="flex flex-col gap-4">
			<FormError state={state} />
			{isChanged && <Notice>{words.passwordChanged}</Notice>}
			{/* Tells a password manager whose password this is. */}
			<input type="email" name="email" defaultValue={email} autoComplete="username" readOnly hidden />
			<PasswordField
				name="currentPassword"
				label={words.currentPassword}
				state={state}
				autoComplete="current-password"
			/>
			<PasswordField
				name="newPassword"
				label={words.newPassword}
				hint={words.passwordHint}
				state={state}
				minLength={8}
				autoComplete="new-password"
			/>
			<SubmitButton state={state} busy={words.saving} kind="outline" className="self-start">
				{words.changePassword}
			</SubmitButton>
		</form>
	);
}

export function SessionsForm() {
	const { state, form } = useForm(async () => {
		const failure = await attempt(() => trpc.account.signOutEverywhere.mutate());
		if (failure) return failure;
		leaveSignedOut();
		return untilGone();
	});
	return (
		<form {...form} className="flex flex-col gap-4">
			<FormError state={state} />
			<p className="text-muted">{words.sessionsBody}</p>
			<SubmitButton state={state} busy={words.signingOut} kind="danger-outline" className="self-start">
				{words.signOutEverywhere}
			</SubmitButton>
		</form>
	);
}
