"use client";

import { CodeIcon, ImageDownIcon, WorkflowIcon, ZoomInIcon } from "lucide-react";
import { useTheme } from "next-themes";
import { type ReactNode, useEffect, useId, useState } from "react";
import { IconButton } from "../../../ui/button";
import { Dialog } from "../../../ui/dialog";
import { saveFile } from "../../../ui/save-file";
import { messages } from "../../../words/chat";
import { CodeBlock } from "./code-block";
import { type DrawnDiagram, drawDiagram } from "./draw-diagram";

interface DiagramProps {
	readonly code: string;
	readonly language: string;
	readonly isIncomplete: boolean;
	readonly note: ReactNode;
}

/**
 * A Mermaid diagram, shown as an image: an image document runs no script and loads nothing, whatever the answer wrote.
 * Until it is drawn, and if it cannot be, the code stays.
 */
export default function Diagram(props: DiagramProps) {
	const { code } = props;
	const [isSource, setSource] = useState(false);
	const [isLarge, setLarge] = useState(false);
	const drawn = useDrawn(code);
	if (!drawn) return <CodeBlock {...props} />;
	const size = "size-7 touch:size-9";
	const tools = (
		<>
			<IconButton
				label={isSource ? messages.showDiagram : messages.showSource}
				className={size}
				onClick={() => setSource(!isSource)}
			>
				{isSource ? <WorkflowIcon size={15} aria-hidden /> : <CodeIcon size={15} aria-hidden />}
			</IconButton>
			<IconButton label={messages.enlarge} className={size} onClick={() => setLarge(true)}>
				<ZoomInIcon size={15} aria-hidden />
			</IconButton>
			<IconButton
				label={messages.downloadSvg}
				className={size}
				onClick={() => saveFile({ fileName: "diagram.svg", mediaType: "image/svg+xml", text: drawn.svg })}
			>
				<ImageDownIcon size={15} aria-hidden />
			</IconButton>
		</>
	);
	const image = (className: string) => (
		// biome-ignore lint/performance/noImgElement: a drawing made in this browser has no address to optimise.
		<img
			src={drawn.url}
			width={drawn.width}
			height={drawn.height}
			alt={`${messages.diagram}: ${code}`}
			className={className}
		/>
	);
	return (
		<>
			<CodeBlock {...props} tools={tools}>
				{isSource ? undefined : (
					<div className="overflow-x-auto p-3.5">{image("mx-auto h-auto max-w-full")}</div>
				)}
			</CodeBlock>
			<Dialog isOpen={isLarge} title={messages.diagram} className="w-[94vw]" onClose={() => setLarge(false)}>
				<div className="max-h-[76vh] overflow-auto">{image("mx-auto h-auto max-w-none")}</div>
			</Dialog>
		</>
	);
}

function useDrawn(code: string): (DrawnDiagram & { url: string }) | null {
	const id = useId();
	const { resolvedTheme } = useTheme();
	const [drawn, setDrawn] = useState<(DrawnDiagram & { url: string }) | null>(null);
	useEffect(() => {
		let isCurrent = true;
		let url: string | null = null;
		void drawDiagram({ code, id: id.replace(/\W/g, ""), isDark: resolvedTheme === "dark" }).then((next) => {
			if (!next || !isCurrent) return;
			url = URL.createObjectURL(new Blob([next.svg], { type: "image/svg+xml" }));
			setDrawn({ ...next, url });
		});
		return () => {
			isCurrent = false;
			if (url) URL.revokeObjectURL(url);
		};
	}, [code, id, resolvedTheme]);
	return drawn;
}
