import type { IncomingMessage } from "node:http";
import type { Viewer } from "../../auth/index.ts";
import { AppError } from "../../contract/errors.ts";

const name = "x-parley-viewer";

/**
 * Refuses a call of a page that was made for another person than the one who is signed in now, as after a sign-out and
 * another sign-in in a second tab: what is typed there must not be stored in the second person's account. The page names its
 * person in the header `x-parley-viewer: <user id>`; an event stream, whose headers a browser does not let it set, in tRPC's
 * `connectionParams`. Without the name nothing is checked, and without a session the procedures refuse by themselves.
 *
 * @throws AppError `conflict` with `details.reason` `viewer_changed`.
 */
export function requireSameViewer(request: IncomingMessage, viewer: Viewer | null): void {
	if (!viewer) return;
	const named = request.headers[name]?.toString() ?? findConnectionParam(request.url ?? "");
	if (named === null || named === "" || named === viewer.userId) return;
	throw new AppError("conflict", "This page was made for another person than the one who is signed in.", {
		details: { reason: "viewer_changed" },
	});
}

function findConnectionParam(url: string): string | null {
	if (!url.includes("connectionParams=")) return null;
	const text = new URL(url, "http://localhost").searchParams.get("connectionParams");
	try {
		const params: unknown = JSON.parse(text ?? "null");
		if (typeof params !== "object" || params === null || !(name in params)) return null;
		// A text, as a header is; anything else names no person.
		return String(params[name]);
	} catch {
		throw new AppError("invalid_request", "The query parameter connectionParams is not JSON.");
	}
}
