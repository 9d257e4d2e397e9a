// Decides what a call costs and who bears it: dated prices, exact sums, the ledger's lines, and what is told of them.
// Needs: the database, and what the catalogue and the config file list.
// Promises: no sum is rounded twice, no model is free by omission, and every line names the price it used.
export { type Adjustment, adjustment, type PostedLine, postAdjustment, reasonText } from "./ledger/adjust.ts";
export { type Recomputation, recomputation, recompute } from "./ledger/adjust-recompute.ts";
export { type CallRecord, type LedgerLine, toBooks } from "./ledger/books.ts";
export {
	type InvoiceComparison,
	importInvoice,
	toMistake as toInvoiceMistake,
} from "./ledger/invoice-import.ts";
export { type InvoiceFile, type InvoiceRow, parseInvoice } from "./ledger/invoice-rows.ts";
export { type PricedUsage, toBillableUsage } from "./prices/billable-usage.ts";
export { toCostNanoUsd, toCostNanoUsdMax, toOutputNanoUsdPerMTokMax } from "./prices/cost.ts";
export { createPriceBook, type ListedModel, type PriceBook, unpriced } from "./prices/price-book.ts";
export type { Prices } from "./prices/prices.ts";
export {
	type ListedPrice,
	listedPrice,
	listPrices,
	listUnpriced,
	priceChange,
	setPrice,
} from "./prices/set-price.ts";
export {
	readStatement,
	type Statement,
	statementFile,
	toCsv,
	toStatementFile,
} from "./reports/export.ts";
export { type PeopleReport, peopleReport, readPeopleReport } from "./reports/people.ts";
export { reportBound, reportMonth, reportZone, toMonthRange } from "./reports/range.ts";
export { readSummary, type Summary, summary } from "./reports/summary.ts";
export { readTurnReceipt, type TurnReceipt, turnReceipt } from "./reports/turn.ts";
