"use client";

import { type RegistrationKind, register, untilGone } from "../connection/session";
import { Field, FormError, PasswordField, SubmitButton, useForm } from "../ui/form";
import { words } from "../words/account";

interface RegistrationFormProps {
	readonly kind: RegistrationKind;
	/** Of the one-time link; absent at open sign-up. */
	readonly token?: string;
	/** The only address that the link admits. */
	readonly email?: string | null;
}

export function RegistrationForm({ kind, token, email }: RegistrationFormProps) {
	const { state, form } = useForm(async (field) => {
		const person = { email: field("email"), password: field("password"), name: field("name") };
		const failure = await register(kind, { ...person, ...(token !== undefined && { token }) });
		if (failure) return failure;
		location.assign("/");
		return untilGone();
	});
	return (
		<form {...form} className="flex flex-col gap-4">
			<FormError state={state} />
			<Field
				name="email"
				type="email"
				label={words.email}
				state={state}
				required
				maxLength={254}
				autoComplete="username"
				autoFocus={!email}
				{...(email && { defaultValue: email, readOnly: true })}
			/>
			<Field
				name="name"
				label={words.name}
				hint={words.nameHint}
				autoFocus={Boolean(email)}
				state={state}
				maxLength={100}
				autoComplete="name"
			/>
			<PasswordField
				name="password"
				label={words.password}
				hint={words.passwordHint}
				state={state}
				minLength={8}
				autoComplete="new-password"
			/>
			<SubmitButton state={state} busy={words.creating} className="h-9 w-full">
				{words.create}
			</SubmitButton>
		</form>
	);
}
