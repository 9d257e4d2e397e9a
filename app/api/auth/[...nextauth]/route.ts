import type { NextRequest } from "next/server";
import NextAuth from "next-auth";
import { createNextAuthOptions, type NextAuthOutcome } from "@/server/auth/next-auth/next-auth-options";
import { caller } from "@/server/caller";

type RouteContext = { params: Promise<{ nextauth: string[] }> };

async function answer(request: NextRequest, context: RouteContext): Promise<Response> {
	const { nextauth } = await context.params;
	// next-auth's own browser code reports errors here. Ours does not, so nothing else may write into the log this way.
	if (nextauth[0] === "_log") return refuse(404, "not_found");

	const server = caller();
	// next-auth reads its own address from this variable alone; it comes from our settings, not from a header.
	process.env.NEXTAUTH_URL = server.settings.publicUrl;
	const isJson = request.headers.get("content-type")?.startsWith("application/json") ?? false;
	try {
		const outcome: NextAuthOutcome = {};
		const response = await NextAuth(request, context, createNextAuthOptions(server, outcome));
		// The session would live on: the browser keeps its cookie, so that the person can try again.
		if (outcome.signOutFailure !== undefined) return refuse(503, "storage_unavailable");
		const answered = await withRetryAfter(isJson ? toJsonAnswer(response) : response);
		return withCookie(answered, outcome.deviceCookie);
	} catch (error) {
		if (error instanceof SyntaxError) return refuse(400, "invalid_request");
		throw error;
	}
}

function withCookie(response: Response, cookie: string | undefined): Response {
	if (cookie === undefined) return response;
	const headers = new Headers(response.headers);
	headers.append("set-cookie", cookie);
	return new Response(response.body, { status: response.status, headers });
}

const refuse = (status: number, code: string) => Response.json({ error: { code } }, { status });

/** A JSON request gets a JSON answer: next-auth itself redirects unless the body has `"json": "true"`, as a string. */
function toJsonAnswer(response: Response): Response {
	const url = response.headers.get("location");
	if (url === null) return response;
	const headers = new Headers(response.headers);
	headers.delete("location");
	headers.set("content-type", "application/json");
	const status = new URL(url, "http://localhost").searchParams.has("error") ? 401 : 200;
	return new Response(JSON.stringify({ url }), { status, headers });
}

/** next-auth answers every refused sign-in with 401; one that was rate-limited becomes 429 with `Retry-After`. */
async function withRetryAfter(response: Response): Promise<Response> {
	if (response.status !== 401) return response;
	const [, retryAfterMs] = (await response.clone().text()).match(/error=rate_limited%3A(\d+)/) ?? [];
	if (retryAfterMs === undefined) return response;
	const headers = new Headers(response.headers);
	headers.set("retry-after", String(Math.ceil(Number(retryAfterMs) / 1000)));
	return new Response(response.body, { status: 429, headers });
}

export { answer as GET, answer as POST };
