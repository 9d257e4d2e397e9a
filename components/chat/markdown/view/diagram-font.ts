/** The page's own font for a drawing: an image document loads nothing, so that it must bring its font along. */
export interface DiagramFont {
	readonly family: string;
	/** A rule of CSS with the font in it; empty when the font cannot be read. */
	readonly rule: string;
}

let found: Promise<DiagramFont> | null = null;

export function findDiagramFont(): Promise<DiagramFont> {
	found ??= readFont();
	return found;
}

const fallback = "system-ui, sans-serif";

async function readFont(): Promise<DiagramFont> {
	const named = getComputedStyle(document.documentElement).getPropertyValue("--font-geist-sans");
	const family =
		named
			.split(",")[0]
			?.trim()
			.replace(/^["']|["']$/g, "") ?? "";
	const url = findFontUrl(family);
	try {
		if (!url) return { family: fallback, rule: "" };
		const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
		let text = "";
		for (const byte of bytes) text += String.fromCharCode(byte);
		const source = `url(data:font/woff2;base64,${btoa(text)})`;
		return {
			family: `"${family}", ${fallback}`,
			rule: `@font-face{font-family:"${family}";font-weight:100 900;src:${source} format("woff2")}`,
		};
	} catch {
		return { family: fallback, rule: "" };
	}
}

/** Where the page has the font from. */
function findFontUrl(family: string): string | null {
	for (const sheet of document.styleSheets)
		for (const rule of sheet.cssRules)
			if (rule instanceof CSSFontFaceRule) {
				const own = rule.style.getPropertyValue("font-family").replace(/^["']|["']$/g, "");
				const [, url] = /url\(["']?([^"')]+)/.exec(rule.style.getPropertyValue("src")) ?? [];
				if (own === family && url) return new URL(url, sheet.href ?? location.href).href;
			}
	return null;
}
