import {
	createTRPCClient,
	httpBatchLink,
	httpSubscriptionLink,
	retryLink,
	splitLink,
	TRPCClientError,
} from "@trpc/client";
import type { AppRouter, ErrorCode, ErrorDetails } from "@/server/client";
import { findPageViewer, reportViewerLost } from "./page-viewer";

/** What a person can meet: the server's codes, and two that only the browser knows. */
export type ShownErrorCode = ErrorCode | "offline" | "unreachable";

/** A failure as the screen shows it. */
export interface Failure {
	readonly code: ShownErrorCode;
	readonly details: ErrorDetails;
	readonly requestId: string | null;
}

const url = "/api/trpc";

/** Whom the page was made for: the server refuses the call if another person is signed in. */
const nameViewer = () => ({ "x-parley-viewer": findPageViewer() ?? "" });

/**
 * The one way from the browser to the server. Subscriptions are server-sent events; all else is batched JSON. Nothing is
 * tried again here: the link in front only sees what every call came to.
 */
export const trpc = createTRPCClient<AppRouter>({
	links: [
		splitLink({
			condition: (operation) => operation.type === "subscription",
			true: httpSubscriptionLink({ url, connectionParams: nameViewer }),
			false: [
				retryLink({
					retry({ error }) {
						const failure = toFailure(error);
						if (isViewerLost(failure)) reportViewerLost(failure.code === "conflict");
						return false;
					},
				}),
				httpBatchLink({
					url,
					maxItems: 10,
					headers: () => ({ "x-parley-client": "web/1", ...nameViewer() }),
				}),
			],
		}),
	],
});

/** Whether the person whom this page was made for is not the one who is signed in: the page is being left. */
export function isViewerLost({ code, details }: Failure): boolean {
	return code === "unauthorized" || (code === "conflict" && details.reason === "viewer_changed");
}

/** Reads the failure out of whatever a call threw. Never throws. */
export function toFailure(error: unknown): Failure {
	const parley = error instanceof TRPCClientError ? error.data?.parley : undefined;
	if (parley)
		return { code: parley.code, details: parley.details ?? {}, requestId: parley.requestId ?? null };
	return { code: toTransportCode(error), details: {}, requestId: null };
}

export function toErrorCode(error: unknown): ShownErrorCode {
	return toFailure(error).code;
}

/** A proxy or the body cap may answer without our shape; then the status is all there is. */
function toTransportCode(error: unknown): ShownErrorCode {
	const response = error instanceof TRPCClientError ? error.meta?.response : undefined;
	const status = response instanceof Response ? response.status : 0;
	if (status === 401) return "unauthorized";
	if (status === 403) return "forbidden";
	if (status === 404) return "not_found";
	if (status === 413) return "payload_too_large";
	if (status === 429) return "rate_limited";
	if (status >= 400 && status < 500) return "invalid_request";
	return typeof navigator !== "undefined" && navigator.onLine === false ? "offline" : "unreachable";
}
