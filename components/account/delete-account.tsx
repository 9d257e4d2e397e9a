"use client";

import { useState } from "react";
import { forgetKept } from "../chat/kept";
import { trpc } from "../trpc-client";
import { Dialog } from "../ui/dialog";
import { attempt } from "./account-calls";
import { FormError, PasswordField, SubmitButton } from "./form-parts";
import { buttonLooks } from "./looks";
import { signOut, untilGone } from "./session";
import { useForm } from "./use-form";
import { words } from "./words";

interface Props {
	readonly userId: string;
	readonly hasPassword: boolean;
}

/** Asks once more, and for the password, before everything goes. */
export function DeleteAccount(props: Props) {
	const [isAsking, setIsAsking] = useState(false);
	const close = () => setIsAsking(false);
	return (
		<>
			<p className="text-(--muted)">{words.deleteBody}</p>
			<button type="button" className={buttonLooks.danger} onClick={() => setIsAsking(true)}>
				{words.deleteOpen}
			</button>
			<Dialog isOpen={isAsking} title={words.deleteQuestion} onClose={close}>
				<DeleteForm {...props} onCancel={close} />
			</Dialog>
		</>
	);
}

function DeleteForm({ userId, hasPassword, onCancel }: Props & { onCancel(): void }) {
	const { state, form } = useForm(async (field) => {
		const password = hasPassword ? field("password") : null;
		const failure = await attempt(() => trpc.account.delete.mutate({ password }));
		if (failure) return failure;
		forgetKept(userId);
		// The session is over already; this only takes its cookie away.
		await signOut().catch(() => location.assign("/sign-in"));
		return untilGone();
	});
	return (
		<form {...form} className="flex flex-col gap-4">
			<p className="text-(--muted)">{words.deleteWarning}</p>
			<FormError state={state} />
			{hasPassword && (
				<PasswordField
					name="password"
					label={words.deletePassword}
					state={state}
					autoComplete="current-password"
				/>
			)}
			<SubmitButton state={state} busy={words.deleting} look="danger">
				{words.deleteConfirm}
			</SubmitButton>
			<button type="button" className={buttonLooks.quiet} onClick={onCancel}>
				{words.cancel}
			</button>
		</form>
	);
}
