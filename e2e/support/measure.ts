import type { Page } from "@playwright/test";
import * as z from "zod";

const ownMessage = z.object({ ms: z.number(), isSameFrame: z.boolean() });
const quality = z.object({ shift: z.number(), longestTaskMs: z.number(), frames: z.number() });

/** From the next press of Enter until the page shows `text` as a message, measured in the page itself. */
export async function watchOwnMessage(
	page: Page,
	text: string,
): Promise<() => Promise<z.infer<typeof ownMessage>>> {
	await page.evaluate((expected) => {
		const isThere = () =>
			Array.from(document.querySelectorAll("article")).some((row) => row.textContent?.includes(expected));
		const seen = new Promise((resolve) => {
			const start = (event: KeyboardEvent) => {
				if (event.key !== "Enter") return;
				removeEventListener("keydown", start, true);
				const startedAt = performance.now();
				let ms: number | null = null;
				const observer = new MutationObserver(() => {
					if (ms === null && isThere()) ms = performance.now() - startedAt;
				});
				observer.observe(document.body, { childList: true, subtree: true, characterData: true });
				requestAnimationFrame(() => {
					const isSameFrame = isThere();
					const wait = () => {
						if (ms === null) return void requestAnimationFrame(wait);
						observer.disconnect();
						resolve({ ms, isSameFrame });
					};
					wait();
				});
			};
			addEventListener("keydown", start, true);
		});
		Reflect.set(globalThis, "ownMessage", seen);
	}, text);
	return async () => ownMessage.parse(await page.evaluate(() => Reflect.get(globalThis, "ownMessage")));
}

/** Adds up layout shifts and notes long tasks; the function returned reads what came since it was called last. */
export async function watchQuality(page: Page): Promise<() => Promise<z.infer<typeof quality>>> {
	await page.evaluate(() => {
		const seen = { shift: 0, longestTaskMs: 0, frames: 0 };
		Reflect.set(globalThis, "quality", seen);
		new PerformanceObserver((list) => {
			for (const entry of list.getEntries())
				if (!Reflect.get(entry, "hadRecentInput")) seen.shift += Number(Reflect.get(entry, "value"));
		}).observe({ type: "layout-shift" });
		new PerformanceObserver((list) => {
			for (const { duration } of list.getEntries())
				seen.longestTaskMs = Math.max(seen.longestTaskMs, duration);
		}).observe({ type: "longtask" });
		const count = () => {
			seen.frames += 1;
			requestAnimationFrame(count);
		};
		requestAnimationFrame(count);
	});
	return async () =>
		quality.parse(
			await page.evaluate(() => {
				const seen = Reflect.get(globalThis, "quality");
				const read = { ...seen };
				Object.assign(seen, { shift: 0, longestTaskMs: 0, frames: 0 });
				return read;
			}),
		);
}

/** Notes the least number of characters that the last answer has shown from now on. */
export async function watchLeast(page: Page): Promise<() => Promise<number>> {
	await page.evaluate(() => {
		const read = () =>
			document.querySelector('article[data-role="assistant"]:last-of-type .answer')?.textContent;
		const note = () => {
			const characters = read()?.trim().length ?? 0;
			Reflect.set(globalThis, "least", Math.min(Number(Reflect.get(globalThis, "least")), characters));
		};
		Reflect.set(globalThis, "least", Number.POSITIVE_INFINITY);
		note();
		new MutationObserver(note).observe(document.body, {
			childList: true,
			subtree: true,
			characterData: true,
		});
	});
	return async () => z.number().parse(await page.evaluate(() => Reflect.get(globalThis, "least")));
}

/** Makes the page's processor this many times slower. */
export async function throttle(page: Page, rate: number): Promise<void> {
	const session = await page.context().newCDPSession(page);
	await session.send("Emulation.setCPUThrottlingRate", { rate });
}

/**
 * Notes how long each key takes until the page shows what came of it; the function returned waits for so many keys and reads
 * their durations, the shortest first.
 */
export async function watchKeys(page: Page): Promise<(count: number) => Promise<number[]>> {
	await page.evaluate(() => {
		const seen: number[] = [];
		Reflect.set(globalThis, "keys", seen);
		addEventListener(
			"keydown",
			({ timeStamp }) => {
				// The frame that the key asked for, and what comes after that frame was made.
				requestAnimationFrame(() => {
					const { port1, port2 } = new MessageChannel();
					port1.onmessage = () => seen.push(performance.now() - timeStamp);
					port2.postMessage(null);
				});
			},
			{ capture: true },
		);
	});
	return async (count) => {
		await page.waitForFunction((wanted) => Reflect.get(globalThis, "keys").length >= wanted, count);
		const durations = await page.evaluate(() => Reflect.get(globalThis, "keys"));
		return z
			.array(z.number())
			.parse(durations)
			.toSorted((a, b) => a - b);
	};
}
