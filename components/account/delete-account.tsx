"use client";

import { useState } from "react";
import { removeStoredFor } from "../connection/local-storage";
import { attempt, leaveSignedOut, signOut, untilGone } from "../connection/session";
import { trpc } from "../connection/trpc-client";
import { Button } from "../ui/button";
import { Dialog, DialogButtons } from "../ui/dialog";
import { FormError, PasswordField, SubmitButton, useForm } from "../ui/form";
import { words } from "../words/account";

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
			<p className="text-muted">{words.deleteBody}</p>
			<Button kind="danger-outline" className="self-start" onClick={() => setIsAsking(true)}>
				{words.deleteOpen}
			</Button>
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
		removeStoredFor(userId);
		// The session is over already; this only takes its cookie away.
		await signOut().catch(leaveSignedOut);
		return untilGone();
	});
	return (
		<form {...form} className="flex flex-col gap-4">
			<p className="text-muted">{words.deleteWarning}</p>
			<FormError state={state} />
			{hasPassword && (
				<PasswordField
					name="password"
					label={words.deletePassword}
					state={state}
					autoComplete="current-password"
					autoFocus
				/>
			)}
			<DialogButtons>
				<Button onClick={onCancel}>{words.cancel}</Button>
				<SubmitButton state={state} busy={words.deleting} kind="danger">
					{words.deleteConfirm}
				</SubmitButton>
			</DialogButtons>
		</form>
	);
}
