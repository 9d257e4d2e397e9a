"use client";

import { resetPassword } from "./account-calls";
import { FormError, PasswordField, SubmitButton } from "./form-parts";
import { untilGone } from "./session";
import { useForm } from "./use-form";
import { words } from "./words";

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
			/>
			<SubmitButton state={state} busy={words.saving}>
				{words.setPassword}
			</SubmitButton>
		</form>
	);
}
