import type { CallRow, MoneyRecords } from "./money-records.ts";
import type { InvoiceRow, ProviderRequest } from "./provider-records.ts";

/** Calls as the product recorded them, each with what the provider knows of it. */
export interface PairedCalls {
	/** The invoice's row for a call; undefined for one that costs nothing. */
	findRow(call: CallRow): InvoiceRow | undefined;
	findRequest(call: CallRow): ProviderRequest | undefined;
	/** What the provider charges for a call; 0 without a row. */
	toInvoiced(call: CallRow): bigint;
	/** Rows of the invoice that are no call, or the same call as another row. */
	readonly violations: readonly string[];
}

/** Pairs each row with its call as an accountant would: by the provider's request id, else by our name for the request. */
export function pairCalls({ invoice, requests, calls }: MoneyRecords): PairedCalls {
	const byRequestId = new Map(calls.map((call) => [call.providerRequestId, call]));
	const byName = new Map(calls.map((call) => [call.name, call]));
	const requestByName = new Map(requests.map((request) => [request.name, request]));
	const rows = new Map<string, InvoiceRow>();
	const violations: string[] = [];
	for (const row of invoice) {
		const call = byRequestId.get(row.requestId) ?? byName.get(row.clientRequestId ?? "");
		if (!call) violations.push(`${row.requestId} (${row.clientRequestId}) of ${row.costNanoUsd} is no call`);
		else if (rows.has(call.id)) violations.push(`${row.requestId} is the call ${call.name} again`);
		else rows.set(call.id, row);
	}
	const findRow = (call: CallRow) => rows.get(call.id);
	return {
		findRow,
		findRequest: (call) => requestByName.get(call.name),
		toInvoiced: (call) => findRow(call)?.costNanoUsd ?? 0n,
		violations,
	};
}
