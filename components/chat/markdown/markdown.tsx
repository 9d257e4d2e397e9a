"use client";

import { type ComponentProps, isValidElement, lazy, type ReactNode, Suspense, useMemo, useRef } from "react";
import {
	type Components,
	defaultRehypePlugins,
	defaultRemarkPlugins,
	type ExtraProps,
	extractTableDataFromElement,
	Streamdown,
	type StreamdownProps,
	tableDataToMarkdown,
	useIsCodeFenceIncomplete,
} from "streamdown";
import { CopyButton } from "../../ui/copy-button";
import { messages } from "../../words/chat";
import type { VisibleSwitch } from "../state/model-switches";
import { CodeBlock, CodeLines } from "./code-block";
import { createSwitchMarks, markSwitches, takeMarks } from "./mark-model-switches";
import { CodeSwitches, SwitchContext, SwitchMark } from "./model-switch-mark";
import { BlockedImage, SafeLink } from "./safe-link";
import { hasMath, toDollarMath } from "./to-dollar-math";
import { useMath } from "./use-math";

const Diagram = lazy(() => import("./diagram"));

type Props<Tag extends "img" | "code" | "table" | "a" | "pre" | "th" | "mark"> = ComponentProps<Tag> &
	ExtraProps;
type Plugins = NonNullable<StreamdownProps["rehypePlugins"]>;
const toPlugin = (pluggable: Plugins[number] | undefined) =>
	Array.isArray(pluggable) ? pluggable[0] : pluggable;

/**
 * Raw HTML is never parsed (no `raw` plugin: it shows as text). The tree is sanitised, then every address is checked;
 * `streamdown:` marks a link that is still being written.
 */
function createRehypePlugins(): Plugins {
	const harden = toPlugin(defaultRehypePlugins.harden);
	const { sanitize } = defaultRehypePlugins;
	if (!harden || !sanitize) throw new Error("The renderer has lost its sanitiser.");
	const rules = {
		allowedLinkPrefixes: ["*"],
		allowedImagePrefixes: ["*"],
		allowedProtocols: ["streamdown:"],
		allowDataImages: false,
		linkBlockPolicy: "text-only",
		imageBlockPolicy: "text-only",
	};
	// After all checks: what makes a model switch visible comes from us, never from an answer.
	return [sanitize, [harden, rules], createSwitchMarks()] as Plugins;
}

function createRemarkPlugins(): Plugins {
	const gfm = toPlugin(defaultRemarkPlugins.gfm);
	const { codeMeta } = defaultRemarkPlugins;
	// One tilde means "about" in prose; two strike through.
	return [[gfm, { singleTilde: false }], codeMeta] as Plugins;
}

const rehypePlugins = createRehypePlugins();
const remarkPlugins = createRemarkPlugins();

/** Headings of an answer stand below the page's h1 and the message's h2. */
const components: Components = {
	h1: "h3",
	h2: "h4",
	h3: "h5",
	h4: "h6",
	h5: "h6",
	h6: "h6",
	p: "p",
	ul: "ul",
	ol: "ol",
	li: "li",
	hr: "hr",
	strong: "strong",
	blockquote: "blockquote",
	sup: "sup",
	sub: "sub",
	section: "section",
	thead: "thead",
	tbody: "tbody",
	tr: "tr",
	th: HeaderCell,
	td: "td",
	table: Table,
	a: Link,
	mark: Mark,
	img: ({ src, alt }: Props<"img">) => <BlockedImage src={src} alt={alt} />,
	pre: Pre,
	code: ({ children }: Props<"code">) => <code className="inline">{children}</code>,
};

interface MarkdownProps {
	readonly text: string;
	/** The text is still being written: open marks are closed for now, and finished blocks are left alone. */
	readonly isGrowing: boolean;
	/** Where another model went on. */
	readonly switches: readonly VisibleSwitch[];
}

/** The one renderer of Markdown. Everything an answer may do to the page is decided here. */
export default function Markdown({ text, isGrowing, switches }: MarkdownProps) {
	const isMathWanted = hasMath(text);
	const plugins = useMath(isMathWanted);
	const source = useMemo(() => {
		const marked = markSwitches(text, switches, isGrowing);
		return plugins ? toDollarMath(marked) : marked;
	}, [text, switches, isGrowing, plugins]);
	return (
		<SwitchContext value={switches}>
			<Streamdown
				components={components}
				rehypePlugins={rehypePlugins}
				remarkPlugins={remarkPlugins}
				plugins={plugins}
				controls={false}
				lineNumbers={false}
				isAnimating={isGrowing}
				parseIncompleteMarkdown={isGrowing}
			>
				{source}
			</Streamdown>
		</SwitchContext>
	);
}

function Mark(props: Props<"mark">) {
	const { dataSwitch } = props.node?.properties ?? {};
	return <SwitchMark index={Number(dataSwitch)} />;
}

/** A header without a word is no header to those who hear the table. */
function HeaderCell({ children, style }: Props<"th">) {
	return toText(children).trim() === "" ? <td style={style} /> : <th style={style}>{children}</th>;
}

function Link({ href, children }: Props<"a">) {
	if (href === "streamdown:incomplete-link") return <span>{children}</span>;
	return <SafeLink href={href}>{children}</SafeLink>;
}

function Pre({ children }: Props<"pre">) {
	const isIncomplete = useIsCodeFenceIncomplete();
	if (!isValidElement<{ className?: string; children?: ReactNode }>(children)) return null;
	const language = /language-(\S+)/.exec(children.props.className ?? "")?.[1] ?? "";
	const { code, switches } = takeMarks(toText(children.props.children).replace(/\n$/, ""));
	const note = switches.length > 0 ? <CodeSwitches switches={switches} /> : null;
	const block = { code, language, isIncomplete, note };
	if (language !== "mermaid" || isIncomplete) return <CodeBlock {...block} />;
	const lines = <CodeLines code={code} language={language} isIncomplete={isIncomplete} />;
	return (
		<CodeBlock {...block}>
			<Suspense fallback={lines}>
				<Diagram code={code}>{lines}</Diagram>
			</Suspense>
		</CodeBlock>
	);
}

function Table({ children }: Props<"table">) {
	const region = useRef<HTMLTableElement>(null);
	const toMarkdown = () => {
		const copy = region.current?.cloneNode(true);
		if (!(copy instanceof HTMLTableElement)) return "";
		for (const modelSwitch of copy.querySelectorAll("[data-switch]")) modelSwitch.remove();
		return tableDataToMarkdown(extractTableDataFromElement(copy));
	};
	return (
		<div className="table-block">
			<header>
				<span>{messages.table}</span>
				<CopyButton label={messages.copyTable} getText={toMarkdown} className="h-7 touch:h-9">
					{messages.copy}
				</CopyButton>
			</header>
			{/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls sideways must be reachable by keyboard. */}
			<section tabIndex={0} aria-label={messages.table}>
				<table ref={region}>{children}</table>
			</section>
		</div>
	);
}

function toText(node: ReactNode): string {
	if (typeof node === "string" || typeof node === "number") return String(node);
	if (Array.isArray(node)) return node.map(toText).join("");
	return isValidElement<{ children?: ReactNode }>(node) ? toText(node.props.children) : "";
}
