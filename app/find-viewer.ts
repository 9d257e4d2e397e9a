import { headers } from "next/headers";
import { cache } from "react";
import type { Viewer } from "@/server/auth";
import { caller } from "@/server/caller";

/** Asked once per request: a document and its page speak of the same person. */
const authenticate = cache(async () => {
	const cookie = (await headers()).get("cookie") ?? undefined;
	return caller().authenticate(cookie);
});

/** Who is looking; null without a session, and for a paused account (whose calls say why). */
export async function findViewer(): Promise<Viewer | null> {
	return authenticate().catch(() => null);
}

/** As `findViewer`, for pages that tell a paused account from none. */
export async function findVisitor(): Promise<Viewer | "suspended" | null> {
	try {
		return await authenticate();
	} catch (error) {
		// Recognised by code: the class differs between the server and what Next bundles.
		if (error instanceof Error && "code" in error && error.code === "suspended") return "suspended";
		throw error;
	}
}
