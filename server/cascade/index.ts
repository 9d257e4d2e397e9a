// Decides which model answers, which may stand in for it, and what a turn moves on to when none of these can.
// Needs: what was asked for, the models there are, what the plan leaves open, and a function that calls models.
// Without a policy of the site `auto` is its default model. The router and the judge are measured by `npm run eval:router`, `eval:judge` and `eval:cascade`.
// Promises: an unknown model is refused before anything is written; `auto` always finds one; no model is chosen twice.
export { type AnswerEvent, answer } from "./answer.ts";
export { toChain } from "./chain.ts";
export { decide, type RoutedRequest, toCandidates } from "./decide.ts";
export { type Draft, type DraftVerdict, judgeDraft } from "./draft.ts";
export { type PublishedPolicy, type RoutingPolicy, routingPolicy } from "./policy/policy.ts";
export { toBar } from "./road.ts";
export { type Route, route } from "./route.ts";
export { toRouter } from "./router/shared-router.ts";
