"use client";

import { useState } from "react";
import { attempt } from "../connection/session";
import { trpc } from "../connection/trpc-client";
import { Field, FormError, Notice, SubmitButton, useForm } from "../ui/form";
import { words } from "../words/account";

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
			<Field
				name="email"
				type="email"
				label={words.email}
				state={state}
				required
				autoFocus
				autoComplete="username"
			/>
			<SubmitButton state={state} busy={words.sending} className="h-9 w-full">
				{words.sendLink}
			</SubmitButton>
		</form>
	);
}
