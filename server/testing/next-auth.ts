import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { NextApiRequest, NextApiResponse } from "next";
import NextAuth from "next-auth";
import type { Auth } from "../auth/create-auth.ts";
import { createNextAuthOptions } from "../auth/next-auth/next-auth-options.ts";

export interface NextAuthServer {
	readonly origin: string;
	createBrowser(): ReturnType<typeof createBrowser>;
	close(): Promise<void>;
}

/** For tests: next-auth behind a plain HTTP server, over the options under test. */
export async function startNextAuth(getAuth: () => Auth): Promise<NextAuthServer> {
	let origin = "";
	const server = createServer((request, response) => {
		answer(request, response, { auth: getAuth(), origin }).catch((error: unknown) =>
			response.destroy(error as Error),
		);
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	return {
		origin,
		createBrowser: () => createBrowser(origin),
		close: () => new Promise((resolve) => void server.close(() => resolve())),
	};
}

/** next-auth's own handler for plain Node requests, over the options under test. */
async function answer(
	request: IncomingMessage,
	raw: ServerResponse,
	{ auth, origin }: { auth: Auth; origin: string },
) {
	const parts: Buffer[] = [];
	for await (const part of request) parts.push(part);
	const text = Buffer.concat(parts).toString();
	const isJson = request.headers["content-type"] === "application/json";
	const url = new URL(request.url ?? "/", origin);
	const cookies = Object.fromEntries(
		(request.headers.cookie ?? "").split("; ").map((pair) => pair.split(/=(.*)/s).map(decodeURIComponent)),
	);
	const shaped = Object.assign(raw, {
		status: (status: number) => Object.assign(raw, { statusCode: status }),
		json: (body: unknown) => raw.end(JSON.stringify(body)),
		send: (body: unknown) => raw.end(typeof body === "string" ? body : JSON.stringify(body)),
	});
	await NextAuth(
		{
			method: request.method,
			headers: request.headers,
			cookies,
			query: { ...Object.fromEntries(url.searchParams), nextauth: url.pathname.split("/").slice(3) },
			body: isJson ? JSON.parse(text) : Object.fromEntries(new URLSearchParams(text)),
		} as unknown as NextApiRequest,
		shaped as unknown as NextApiResponse,
		createNextAuthOptions({ auth }),
	);
}

/** What a script does: a fetch with a cookie jar. */
function createBrowser(origin: string) {
	const jar = new Map<string, string>();
	return {
		jar,
		async fetch(path: string, init: RequestInit = {}) {
			const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
			const response = await fetch(origin + path, {
				...init,
				headers: { ...init.headers, cookie },
				redirect: "manual",
			});
			for (const line of response.headers.getSetCookie()) {
				const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
				if (value === "") jar.delete(name);
				else jar.set(name, value);
			}
			return response;
		},
		async signIn(credentials: Record<string, unknown>, isJson = false) {
			const { csrfToken } = await (await this.fetch("/api/auth/csrf")).json();
			const fields = { ...credentials, csrfToken, json: "true" };
			return this.fetch("/api/auth/callback/credentials", {
				method: "POST",
				headers: { "content-type": isJson ? "application/json" : "application/x-www-form-urlencoded" },
				body: isJson ? JSON.stringify(fields) : new URLSearchParams(fields as Record<string, string>),
			});
		},
		cookie: () => [...jar].map(([name, value]) => `${name}=${value}`).join("; "),
	};
}
