// What clients of Parley import: types only, none of the server's code.
// Needs: nothing. The browser and sibling apps import only this file.
// Promises: every type here is the shape on the wire.
import type { inferRouterInputs, inferRouterOutputs } from "@trpc/server";
import type { AppRouter } from "../routers/index.ts";

export type { ErrorCode, ErrorDetails } from "../contract/errors.ts";
export type { ContextRequest } from "../contract/sent-context.ts";
export type { ModelSpan, Receipt, TurnEnd, TurnEvent } from "../contract/turn.ts";
export type { TerminalStatus, TurnStatus } from "../contract/turn-status.ts";
export type { ViewerEvent } from "../contract/viewer-event.ts";
export type { FailureClass } from "../resilience/index.ts";
export type { AppRouter } from "../routers/index.ts";

export type RouterInputs = inferRouterInputs<AppRouter>;
export type RouterOutputs = inferRouterOutputs<AppRouter>;
export type ThreadListItem = RouterOutputs["threads"]["list"]["threads"][number];
export type ThreadPage = RouterOutputs["threads"]["get"];
export type SentPart = NonNullable<RouterInputs["chat"]["send"]["parts"]>[number];
export type AnswerContext = RouterOutputs["chat"]["context"];
export type ProposedSummary = RouterOutputs["compaction"]["preview"];
export type ThreadContext = RouterOutputs["threads"]["context"];
export type Message = ThreadPage["messages"][number];
export type SearchHit = RouterOutputs["threads"]["search"]["hits"][number];
export type UsageSummary = RouterOutputs["usage"]["summary"];
export type UsageLimits = RouterOutputs["usage"]["limits"];
export type TurnReceipt = RouterOutputs["usage"]["turn"];
export type ModelListItem = RouterOutputs["models"]["list"]["models"][number];
