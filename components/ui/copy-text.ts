/** Copies text. Works without HTTPS too, where the clipboard interface does not exist. */
export async function copyText(text: string): Promise<boolean> {
	try {
		if (!navigator.clipboard) return copyThroughSelection(text);
		await navigator.clipboard.writeText(text);
		return true;
	} catch {
		return copyThroughSelection(text);
	}
}

function copyThroughSelection(text: string): boolean {
	const focused = document.activeElement;
	const area = document.createElement("textarea");
	area.value = text;
	area.style.position = "fixed";
	area.style.opacity = "0";
	document.body.append(area);
	area.select();
	const isCopied = document.execCommand("copy");
	area.remove();
	if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
	return isCopied;
}
