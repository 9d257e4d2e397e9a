import { headers } from "next/headers";
import { cache } from "react";
import { caller } from "@/server/caller";

/** Who is looking, once per request; null for nobody, and for a paused account (whose calls say why). */
export const findViewer = cache(async () => {
	const cookie = (await headers()).get("cookie") ?? undefined;
	return caller()
		.authenticate(cookie)
		.catch(() => null);
});
