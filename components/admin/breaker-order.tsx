import { useQueryClient } from "@tanstack/react-query";
import { attempt } from "../connection/session";
import { trpc } from "../connection/trpc-client";
import { announce } from "../ui/announcer";
import { Button } from "../ui/button";
import { Dialog, DialogButtons } from "../ui/dialog";
import { Field, FormError, SubmitButton, useForm } from "../ui/form";
import { adminWords } from "../words/admin";
import { breakersKey } from "./breaker-queries";

/** What an administrator is about to switch manually. */
export interface BreakerOrder {
	readonly to: "open" | "close";
	readonly deployment: string;
	readonly name: string;
}

const reasonCharactersMax = 500;

/** Asks for a reason, then orders. */
export function OrderDialog({ order, onClose }: { readonly order: BreakerOrder | null; onClose(): void }) {
	const title = order?.to === "close" ? adminWords.closeQuestion : adminWords.openQuestion;
	return (
		<Dialog isOpen={order !== null} title={title(order?.name ?? "")} onClose={onClose}>
			{order ? <OrderForm order={order} onClose={onClose} /> : null}
		</Dialog>
	);
}

function OrderForm({ order, onClose }: { readonly order: BreakerOrder; onClose(): void }) {
	const client = useQueryClient();
	const { to, deployment, name } = order;
	const { state, form } = useForm(async (field) => {
		const reason = field("reason").trim();
		const input = { deployment, ...(reason !== "" && { reason }) };
		const failure = await attempt(() => trpc.admin.breakers[to].mutate(input));
		if (failure) return failure;
		await client.invalidateQueries({ queryKey: breakersKey });
		announce(adminWords.done[to](name));
		onClose();
		return null;
	});
	return (
		<form {...form} className="flex flex-col gap-4">
			<p className="text-muted">{to === "open" ? adminWords.openBody : adminWords.closeBody}</p>
			<FormError state={state} />
			<Field
				name="reason"
				label={adminWords.reason}
				hint={adminWords.reasonHint}
				state={state}
				maxLength={reasonCharactersMax}
				autoComplete="off"
			/>
			<DialogButtons>
				<Button onClick={onClose}>{adminWords.cancel}</Button>
				<SubmitButton state={state} busy={adminWords.saving} kind={to === "open" ? "danger" : "ink"}>
					{to === "open" ? adminWords.open : adminWords.close}
				</SubmitButton>
			</DialogButtons>
		</form>
	);
}
