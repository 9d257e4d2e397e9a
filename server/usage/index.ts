// Decides what a call costs and who bears it: dated prices, exact sums, the ledger's lines, and what is told of them.
// Needs: the database, and what the catalogue and the config file list.
// Promises: no sum is rounded twice, no model is free by omission, and every line names the price it used.
export { type Adjustment, adjustment, type PostedLine, postAdjustment, reasonText } from "./adjust.ts";
export { type Recomputation, recomputation, recompute } from "./adjust-recompute.ts";
export { type CallRecord, type LedgerLine, toBooks } from "./books.ts";
export { type InvoiceComparison, importInvoice, toMistake as toInvoiceMistake } from "./invoice-import.ts";
export { type InvoiceFile, type InvoiceRow, parseInvoice } from "./invoice-rows.ts";
export {
	type Prices,
	toBillableUsage,
	toCostNanoUsd,
	toCostNanoUsdMax,
	toOutputNanoUsdPerMTokMax,
} from "./price.ts";
export { createPriceBook, type ListedModel, type PriceBook, unpriced } from "./price-book.ts";
export { readSummary, type Summary, summary } from "./report.ts";
export {
	readStatement,
	type Statement,
	statementFile,
	toCsv,
	toStatementFile,
} from "./report-export.ts";
export { type PeopleReport, peopleReport, readPeopleReport } from "./report-people.ts";
export { reportBound, reportMonth, reportZone, toMonthRange } from "./report-range.ts";
export { readTurnReceipt, type TurnReceipt, turnReceipt } from "./report-turn.ts";
export {
	type ListedPrice,
	listedPrice,
	listPrices,
	listUnpriced,
	priceChange,
	setPrice,
} from "./set-price.ts";
