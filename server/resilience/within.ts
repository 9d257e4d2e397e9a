/** Waits for it, but not longer; what comes of it afterwards concerns nobody here. */
export async function withinMs(promise: Promise<unknown>, ms: number): Promise<void> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<void>((resolve) => {
		timer = setTimeout(resolve, ms);
	});
	await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
