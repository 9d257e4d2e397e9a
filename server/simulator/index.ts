// Decides how a model's provider answers: recorded text at a set speed, or any fault that providers are known for.
// Needs: nothing of the server. It is a program of its own on node:http, and tests start it within their process.
// Promises: a log of every request and an exact invoice, with which turns and ledgers are compared.
export { faults } from "./faults/faults.ts";
export type { PriceTable } from "./requests/invoice.ts";
export type { RequestRecord } from "./requests/request-log.ts";
export { startUpstream, type Upstream } from "./start-upstream.ts";
