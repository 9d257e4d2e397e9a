"use client";

import { type FormEvent, useEffect, useRef, useState } from "react";
import { type AccountFailure, toField, toText } from "./words";

/** What the parts of a form read. */
export interface FormState {
	readonly isPending: boolean;
	/** The text of the last failure, and the field it is about; without a field it belongs to the whole form. */
	readonly failure: { readonly field: string | null; readonly text: string } | null;
}

const read = (fields: FormData, name: string) => String(fields.get(name) ?? "");

/**
 * One form: runs `submit` once at a time, shows its failure and moves the focus to the field concerned. `data-ready`
 * says that the page's code has taken the form over; until then a submit goes nowhere and puts nothing into the address.
 */
export function useForm(submit: (field: (name: string) => string) => Promise<AccountFailure | null>) {
	const ref = useRef<HTMLFormElement>(null);
	const [state, setState] = useState<FormState>({ isPending: false, failure: null });

	useEffect(() => {
		if (ref.current) ref.current.dataset.ready = "true";
	}, []);

	async function run(event: FormEvent<HTMLFormElement>) {
		event.preventDefault();
		if (state.isPending) return;
		const fields = new FormData(event.currentTarget);
		setState({ isPending: true, failure: null });
		const failure = await submit((name) => read(fields, name)).catch(toLost);
		const field = failure && toField(failure);
		setState({ isPending: false, failure: failure && { field, text: toText(failure) } });
		const input = field ? ref.current?.elements.namedItem(field) : null;
		if (input instanceof HTMLElement) input.focus();
	}

	return { state, form: { ref, onSubmit: run, method: "post", "aria-busy": state.isPending } as const };
}

/** A call that ended without any answer of the server. */
const toLost = (): AccountFailure => ({ code: navigator.onLine ? "unreachable" : "offline", details: {} });
