import type { Page, Request } from "@playwright/test";

export interface Script {
	readonly name: string;
	/** Compressed, as it travelled. */
	readonly bytes: number;
}

/**
 * The scripts that a page and its workers load until the network is quiet, without anything being typed or clicked: what
 * the browser itself says that it received. A page of a new context has nothing in its cache.
 */
export async function watchScripts(page: Page): Promise<() => Promise<Script[]>> {
	const finished: Request[] = [];
	page.context().on("requestfinished", (request) => finished.push(request));
	return async () => {
		await page.waitForLoadState("networkidle");
		// What the page fetches once the browser is idle begins within a second or two.
		await page.waitForTimeout(3_000);
		await page.waitForLoadState("networkidle");
		const scripts = await Promise.all(finished.map(toScript));
		return scripts.filter((script) => script !== null);
	};
}

async function toScript(request: Request): Promise<Script | null> {
	const response = await request.response();
	if (!/javascript/.test((await response?.headerValue("content-type")) ?? "")) return null;
	const { responseBodySize } = await request.sizes();
	return { name: new URL(request.url()).pathname, bytes: responseBodySize };
}
