// Decides what a call costs and who pays it: dated prices, exact sums, the lines of the ledger, and reports of them.
// Needs: the database, and the list prices of the catalogue and the config file.
// Promises: no sum is rounded twice, no model is free by omission, and every line names the price it used.

export { toCallUsage } from "./ledger/call-usage.ts";
export { countSentTokens, estimateUsage } from "./ledger/estimate-usage.ts";
export { type InvoiceComparison, importInvoice } from "./ledger/import-invoice.ts";
export {
	type CallRecord,
	callColumns,
	lineColumns,
	toHouseEntries,
	toLedgerEntries,
} from "./ledger/ledger-entries.ts";
export { toMistake as toInvoiceMistake } from "./ledger/match-invoice.ts";
export { type InvoiceRow, parseInvoice } from "./ledger/parse-invoice.ts";
export {
	adjustment,
	postAdjustment,
	reasonText,
} from "./ledger/post-adjustment.ts";
export { type Recomputation, recomputation, recompute } from "./ledger/recompute.ts";
export { inputMargin, openTurnLedger, type TurnLedger } from "./ledger/turn-ledger.ts";
export { toCostNanoUsd, toCostNanoUsdMax, toOutputNanoUsdPerMTokMax } from "./prices/cost.ts";
export { createPriceBook, type PriceBook, unpriced } from "./prices/price-book.ts";
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
	answerContext,
	readAnswerContext,
	readSentMessages,
	sentMessages,
} from "./reports/answer-context.ts";
export { type PeopleReport, peopleReport, readPeopleReport } from "./reports/people-report.ts";
export {
	readRange,
	reportBound,
	reportMonth,
	reportZone,
	toMonthRange,
	type WantedRange,
} from "./reports/range.ts";
export { readSentRequests } from "./reports/sent-context.ts";
export {
	readStatement,
	statementFile,
	toCsv,
	toStatementFile,
} from "./reports/statement.ts";
export { readSummary, type Summary, summary } from "./reports/summary.ts";
export { readTurnReceipt, type TurnReceipt, turnReceipt } from "./reports/turn-receipt.ts";
export { sumUpDays } from "./reports/whole-days.ts";
