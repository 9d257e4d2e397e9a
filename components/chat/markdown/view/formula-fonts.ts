import "katex/dist/katex.min.css";

const fonts = ["16px KaTeX_Main", "italic 16px KaTeX_Math", "16px KaTeX_Size1", "16px KaTeX_Size2"];

/** With the fonts first, a formula has its size from the start. One that does not load is no reason to wait. */
export async function loadFonts(): Promise<void> {
	await Promise.allSettled(fonts.map((font) => document.fonts.load(font)));
}
