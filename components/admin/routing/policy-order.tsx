"use client";

import { useQueryClient } from "@tanstack/react-query";
import { attempt } from "../../connection/session";
import { trpc } from "../../connection/trpc-client";
import { announce } from "../../ui/announcer";
import { Button } from "../../ui/button";
import { Dialog, DialogButtons } from "../../ui/dialog";
import { Field, FormError, SubmitButton, useForm } from "../../ui/form";
import { routingWords as words } from "../../words/routing";
import { routingKey } from "./routing-queries";

/** What an administrator is about to do with a policy. */
export interface PolicyOrder {
	readonly to: "publish" | "rollBack";
	readonly version: number;
	readonly rolloutPercent: number;
}

/** Asks before a policy begins or ends to decide. */
export function PolicyOrderDialog({
	order,
	onClose,
}: {
	readonly order: PolicyOrder | null;
	onClose(): void;
}) {
	const title = order?.to === "rollBack" ? words.rollBackQuestion : words.publishQuestion;
	return (
		<Dialog isOpen={order !== null} title={title(order?.version ?? 0)} onClose={onClose}>
			{order ? <OrderForm order={order} onClose={onClose} /> : null}
		</Dialog>
	);
}

function OrderForm({ order, onClose }: { readonly order: PolicyOrder; onClose(): void }) {
	const client = useQueryClient();
	const { to, version } = order;
	const isPublish = to === "publish";
	const { state, form } = useForm(async (field) => {
		const failure = await attempt(() =>
			isPublish
				? trpc.admin.routing.publish.mutate({ version, rolloutPercent: Number(field("percent")) })
				: trpc.admin.routing.rollBack.mutate(),
		);
		if (failure) return failure;
		await client.invalidateQueries({ queryKey: routingKey });
		announce((isPublish ? words.published : words.rolledBack)(version));
		onClose();
		return null;
	});
	return (
		<form {...form} className="flex flex-col gap-4">
			<p className="text-muted">{isPublish ? words.publishBody : words.rollBackBody}</p>
			<FormError state={state} />
			{isPublish ? (
				<Field
					name="percent"
					label={words.percent}
					state={state}
					type="number"
					inputMode="numeric"
					min={1}
					max={100}
					step={1}
					required
					defaultValue={order.rolloutPercent}
				/>
			) : null}
			<DialogButtons>
				<Button onClick={onClose}>{words.cancel}</Button>
				<SubmitButton state={state} busy={words.saving} kind={isPublish ? "ink" : "danger"}>
					{isPublish ? words.publish : words.rollBack}
				</SubmitButton>
			</DialogButtons>
		</form>
	);
}
