// Decides which model answers, and which may answer in its place.
// Needs: what was asked for, the models there are, and what the plan leaves open.
// Promises: an unknown model is refused before anything is written; `auto` always finds one; no chain is a ring.
export { toChain } from "./chain.ts";
export { type Route, route } from "./route.ts";
