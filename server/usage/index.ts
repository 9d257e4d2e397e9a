// Decides what a call costs and who bears it: dated prices, exact sums, the ledger's lines.
// Needs: the database, and what the catalogue and the config file list.
// Promises: no sum is rounded twice, no model is free by omission, and every line names the price it used.
export { type CallRecord, type LedgerLine, toBooks } from "./books.ts";
export { type Prices, toBillableUsage, toCostNanoUsdMax, toOutputNanoUsdPerMTokMax } from "./price.ts";
export { createPriceBook, type ListedModel, type PriceBook, unpriced } from "./price-book.ts";
