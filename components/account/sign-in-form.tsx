"use client";

import { leaveForProvider, signIn, untilGone } from "../connection/session";
import { Field, FormError, linkClass, Notice, PasswordField, SubmitButton, useForm } from "../ui/form";
import { toText, words } from "../words/account";

interface SignInFormProps {
	/** A path of this site. */
	readonly callbackPath: string;
	readonly providers: readonly { id: string; name: string }[];
	/** A refusal that came back in the address, from a provider or from a form sent too early. */
	readonly errorCode: string | null;
}

export function SignInForm({ callbackPath, providers, errorCode }: SignInFormProps) {
	const { state, form } = useForm(async (field) => {
		const failure = await signIn(field("email"), field("password"));
		if (failure) return failure;
		location.assign(callbackPath);
		return untilGone();
	});
	const isUntouched = state.failure === null && !state.isPending;
	return (
		<div className="flex flex-col gap-6">
			<form {...form} className="flex flex-col gap-4">
				{errorCode !== null && isUntouched && (
					<Notice isError>{toText({ code: errorCode, details: {} })}</Notice>
				)}
				<FormError state={state} />
				<Field
					name="email"
					type="email"
					label={words.email}
					state={state}
					required
					autoFocus
					autoComplete="username"
				/>
				<PasswordField name="password" label={words.password} state={state} autoComplete="current-password" />
				<SubmitButton state={state} busy={words.signingIn} className="h-9 w-full">
					{words.signIn}
				</SubmitButton>
				<a href="/forgot" className={`self-start ${linkClass}`}>
					{words.forgot}
				</a>
			</form>
			{providers.length > 0 && <p className="text-center text-meta text-muted">{words.or}</p>}
			{providers.map((provider) => (
				<ProviderForm key={provider.id} provider={provider} callbackPath={callbackPath} />
			))}
		</div>
	);
}

function ProviderForm({
	provider,
	callbackPath,
}: {
	provider: { id: string; name: string };
	callbackPath: string;
}) {
	const { state, form } = useForm(() => leaveForProvider(provider.id, callbackPath));
	return (
		<form {...form} className="-mt-3 flex flex-col gap-2">
			<FormError state={state} />
			<SubmitButton state={state} busy={words.signingIn} kind="outline" className="h-9 w-full">
				{words.signInWith(provider.name)}
			</SubmitButton>
		</form>
	);
}
