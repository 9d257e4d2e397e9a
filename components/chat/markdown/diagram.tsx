"use client";

import { createMermaidPlugin } from "@streamdown/mermaid";
import { useTheme } from "next-themes";
import { useEffect, useId, useState } from "react";
import { messages } from "../../words/chat";

/**
 * A Mermaid diagram, shown as an image: an image document runs no script and loads nothing, whatever the answer wrote.
 * Until it is drawn, and if it cannot be, `children` (the code) stays.
 */
export default function Diagram({
	code,
	children,
}: {
	readonly code: string;
	readonly children: React.ReactNode;
}) {
	const id = useId();
	const { resolvedTheme } = useTheme();
	const [image, setImage] = useState<{ url: string; width: number; height: number } | null>(null);
	useEffect(() => {
		let isCurrent = true;
		let url: string | null = null;
		void draw(code, id, resolvedTheme === "dark").then((drawn) => {
			if (!drawn || !isCurrent) return;
			url = URL.createObjectURL(new Blob([drawn.svg], { type: "image/svg+xml" }));
			setImage({ url, ...drawn });
		});
		return () => {
			isCurrent = false;
			if (url) URL.revokeObjectURL(url);
		};
	}, [code, id, resolvedTheme]);
	if (!image) return children;
	return (
		<div className="overflow-x-auto p-3.5">
			{/* biome-ignore lint/performance/noImgElement: a drawing made in this browser has no address to optimise. */}
			<img
				src={image.url}
				width={image.width}
				height={image.height}
				alt={`${messages.diagram}: ${code}`}
				className="mx-auto h-auto max-w-full"
			/>
		</div>
	);
}

async function draw(code: string, id: string, isDark: boolean) {
	try {
		const mermaid = createMermaidPlugin().getMermaid({
			theme: isDark ? "dark" : "neutral",
			securityLevel: "strict",
			suppressErrorRendering: true,
			fontFamily: "system-ui, sans-serif",
			htmlLabels: false,
			flowchart: { htmlLabels: false },
		});
		const { svg } = await mermaid.render(`diagram-${id.replace(/\W/g, "")}`, code);
		const [, , width = 600, height = 400] = (/viewBox="([^"]+)"/.exec(svg)?.[1] ?? "")
			.split(/\s+/)
			.map(Number);
		// An image without a size of its own would take the default of 300 by 150.
		const sized = svg.replace(/<svg ([^>]*?)width="[^"]*"/, `<svg $1width="${width}" height="${height}"`);
		return { svg: sized, width: Math.ceil(width), height: Math.ceil(height) };
	} catch {
		return null;
	}
}
