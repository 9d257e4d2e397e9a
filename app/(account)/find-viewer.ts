import { headers } from "next/headers";
import type { Viewer } from "@/server/auth";
import { caller } from "@/server/caller";

/** Whose page this is: a person, nobody, or somebody whose account is paused. */
export async function findViewer(): Promise<Viewer | "suspended" | null> {
	const cookie = (await headers()).get("cookie") ?? undefined;
	try {
		return await caller().authenticate(cookie);
	} catch (error) {
		// Recognised by code: the class differs between the server and what Next bundles.
		if (error instanceof Error && "code" in error && error.code === "suspended") return "suspended";
		throw error;
	}
}

/** One value of the query, whatever was sent. */
export const first = (value: string | string[] | undefined): string =>
	(Array.isArray(value) ? value[0] : value) ?? "";

/** The query of a page, as Next hands it over. */
export type Query = Promise<Record<string, string | string[] | undefined>>;
