import type { MermaidConfig } from "mermaid";
import { findDiagramFont } from "./diagram-font";

export interface DrawnDiagram {
	readonly svg: string;
	readonly width: number;
	readonly height: number;
}

interface Wanted {
	readonly code: string;
	/** A name for it in the page, letters and digits. */
	readonly id: string;
	readonly isDark: boolean;
}

/** Beyond this a diagram keeps the page busy for seconds: it stays code. */
const charactersMax = 8_000;
const edgesMax = 200;

/** The page's own colours; what the code says about colours, fonts or layout is taken out before. */
function toConfig(isDark: boolean, fontFamily: string): MermaidConfig {
	const paper = isDark ? "#1b1a18" : "#f7f6f4";
	const ink = isDark ? "#ebe8e4" : "#1f1d1a";
	const line = isDark ? "#8d8882" : "#8a857e";
	const node = isDark ? "#262421" : "#ffffff";
	return {
		startOnLoad: false,
		securityLevel: "strict",
		suppressErrorRendering: true,
		htmlLabels: false,
		flowchart: { htmlLabels: false, curve: "basis" },
		maxTextSize: charactersMax,
		maxEdges: edgesMax,
		fontFamily,
		theme: "base",
		themeCSS: ".node rect, rect.actor { rx: 6px; ry: 6px; }",
		themeVariables: {
			darkMode: isDark,
			background: paper,
			primaryColor: node,
			primaryTextColor: ink,
			primaryBorderColor: line,
			secondaryColor: paper,
			tertiaryColor: paper,
			lineColor: line,
			textColor: ink,
			edgeLabelBackground: paper,
			fontSize: "14px",
		},
	};
}

/**
 * Directives and front matter change the configuration, so that an answer could load styles, images or fonts. What is left
 * when one is taken out may be another one.
 */
export function withoutDirectives(code: string): string {
	const rest = code
		.replace(/^\s*---\s*\n[\s\S]*?\n---[^\S\n]*(?:\n|$)/, "")
		.replace(/%%\{[\s\S]*?(?:\}%%|$)/g, "");
	return rest === code ? rest : withoutDirectives(rest);
}

/** The diagram as SVG with its size; null when the code describes none. */
export async function drawDiagram({ code, id, isDark }: Wanted): Promise<DrawnDiagram | null> {
	if (code.length > charactersMax) return null;
	try {
		const [{ default: mermaid }, font] = await Promise.all([import("mermaid"), findDiagramFont()]);
		mermaid.initialize(toConfig(isDark, font.family));
		const { svg } = await mermaid.render(`diagram-${id}`, withoutDirectives(code));
		const [, , width = 600, height = 400] = (/viewBox="([^"]+)"/.exec(svg)?.[1] ?? "")
			.split(/\s+/)
			.map(Number);
		// An image without a size of its own would take the default of 300 by 150.
		const sized = svg.replace(/<svg ([^>]*?)width="[^"]*"/, `<svg $1width="${width}" height="${height}"`);
		const styled = sized.replace(/<svg [^>]*>/, (tag) => `${tag}<style>${font.rule}</style>`);
		return { svg: styled, width: Math.ceil(width), height: Math.ceil(height) };
	} catch {
		return null;
	}
}
