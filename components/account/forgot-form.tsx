"use client";

import { useState } from "react";
import { trpc } from "../trpc-client";
import { attempt } from "./account-calls";
import { Field, FormError, Notice, SubmitButton } from "./form-parts";
import { useForm } from "./use-form";
import { words } from "./words";

export function ForgotForm() {
	const [isSent, setIsSent] = useState(false);
	const { state, form } = useForm(async (field) => {
		const failure = await attempt(() => trpc.account.requestReset.mutate({ email: field("email") }));
		setIsSent(failure === null);
		return failure;
	});
	return (
		<form {...form} className="flex flex-col gap-4">
			<FormError state={state} />
			{isSent && <Notice>{words.forgotSent}</Notice>}
			<Field name="email" type="email" label={words.email} state={state} required autoComplete="username" />
			<SubmitButton state={state} busy={words.sending}>
				{words.sendLink}
			</SubmitButton>
		</form>
	);
}
