// Decides how a model's provider answers: recorded text at a set speed, or any fault that providers are known for.
// Needs nothing of the server: it is a program of its own on node:http, and tests start it within their process.
// Promises a log of every request and an exact invoice, the truth that turns and ledgers are compared with.
export { faults } from "./faults.ts";
export type { InvoiceLine, PriceTable } from "./invoice.ts";
export type { RequestRecord, RequestStats } from "./request-log.ts";
export { startUpstream, type Upstream, type UpstreamInput } from "./start-upstream.ts";
