"use client";

import { useQuery } from "@tanstack/react-query";
import { ReceiptTextIcon } from "lucide-react";
import type { Receipt } from "@/server/client";
import { Popover } from "../ui/popover";
import { toMoney } from "../usage/money";
import { TurnBill } from "../usage/turn-bill";
import { limitsQuery } from "../usage/usage-queries";
import { usageWords } from "../usage/words";

/** What an answer cost, as the person's plan shows it; a click shows its attempts and tokens. */
export function ReceiptPopover({ turnId, receipt }: { readonly turnId: string; readonly receipt: Receipt }) {
	const kind = useQuery(limitsQuery()).data?.receipt;
	if (!kind) return null;
	const cost = receipt.costNanoUsd === null ? null : toMoney(receipt.costNanoUsd, kind);
	return (
		<Popover
			label={usageWords.receipt}
			trigger={
				<button
					type="button"
					aria-label={cost === null ? usageWords.receipt : `${cost}. ${usageWords.receipt}`}
					title={usageWords.receipt}
					className="num ml-1 inline-flex h-8 min-w-8 touch:h-11 touch:min-w-11 shrink-0 items-center justify-center gap-1.5 rounded-control px-1.5 text-meta text-muted hover:bg-hover hover:text-text"
				>
					{cost ?? <ReceiptTextIcon size={15} aria-hidden />}
				</button>
			}
		>
			<TurnBill turnId={turnId} kind={kind} />
		</Popover>
	);
}
