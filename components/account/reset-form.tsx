"use client";

import { resetPassword, untilGone } from "../connection/session";
import { FormError, PasswordField, SubmitButton, useForm } from "../ui/form";
import { words } from "../words/account";

export function ResetForm({ token }: { token: string }) {
	const { state, form } = useForm(async (field) => {
		const failure = await resetPassword({ token, newPassword: field("newPassword") });
		if (failure) return failure;
		location.assign("/");
		return untilGone();
	});
	return (
		<form {...form} className="flex flex-col gap-4">
			<FormError state={state} />
			<PasswordField
				name="newPassword"
				label={words.newPassword}
				hint={words.passwordHint}
				state={state}
				minLength={8}
				autoComplete="new-password"
				autoFocus
			/>
			<SubmitButton state={state} busy={words.saving} className="h-9 w-full">
				{words.setPassword}
			</SubmitButton>
		</form>
	);
}
