// Decides which model answers, which may stand in for it, and what a turn moves on to when none of these can.
// Needs: what was asked for, the models there are, what the plan leaves open, and a function that calls models.
// Not used by `auto` yet, and measured by `npm run eval:router`, `eval:judge` and `eval:cascade`: the folders router and judge, and road.ts.
// Promises: an unknown model is refused before anything is written; `auto` always finds one; no model is chosen twice.
export { type AnswerEvent, answer } from "./answer.ts";
export { toChain } from "./chain.ts";
export { route } from "./route.ts";
