"use client";

import { DownloadIcon } from "lucide-react";
import { memo, useRef, useState } from "react";
import { Button, IconButton } from "../../../ui/button";
import { CopyButton } from "../../../ui/copy-button";
import { saveFile } from "../../../ui/save-file";
import { messages } from "../../../words/chat";
import { type Block, type TableCell, toInlineText } from "../parse/tree";
import { InlineView } from "./inline-view";
import { useSlice } from "./slices";
import { toColumnWidths, toCsv, toMarkdownTable } from "./table-text";

type Table = Extract<Block, { type: "table" }>;

/** Rows that are shown until more are asked for. */
const rowsShown = 200;
const rowsPerPart = 10;
const rowPx = 37;
const nodesPerCell = 3;

/** A table that scrolls within itself, with its columns as wide as their words. */
export function TableBlock({ block }: { readonly block: Table }) {
	const [isWhole, setWhole] = useState(false);
	const rows = isWhole ? block.rows : block.rows.slice(0, rowsShown);
	const parts = Array.from(
		{ length: Math.ceil(rows.length / rowsPerPart) },
		(_, index) => index * rowsPerPart,
	);
	const widths = useSettledWidths(block);
	const sum = widths.reduce((total, width) => total + width, 0);
	return (
		<div className="table-block">
			<header data-chrome>
				<span>{messages.table}</span>
				<span className="flex items-center">
					<IconButton
						label={messages.downloadCsv}
						className="size-7 touch:size-9"
						onClick={() => saveFile({ fileName: "table.csv", mediaType: "text/csv", text: toCsv(block) })}
					>
						<DownloadIcon size={15} aria-hidden />
					</IconButton>
					<CopyButton
						label={messages.copyTable}
						getText={() => toMarkdownTable(block)}
						className="h-7 touch:h-9"
					>
						{messages.copy}
					</CopyButton>
				</span>
			</header>
			{/* A group and no region: a page has many tables, and each landmark needs a name of its own. */}
			{/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reachable by keyboard. */}
			{/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for form fields. */}
			<div role="group" tabIndex={0} aria-label={messages.table} className="table-scroller">
				<table dir={block.direction} style={{ width: `max(100%, ${sum}px)` }}>
					<colgroup>
						{widths.map((width, index) => (
							// biome-ignore lint/suspicious/noArrayIndexKey: a column is its place in the table.
							<col key={index} style={{ width }} />
						))}
					</colgroup>
					<thead>
						<tr>
							{block.head.map((cell, index) => (
								// biome-ignore lint/suspicious/noArrayIndexKey: a cell is its place in the row.
								<CellView key={index} cell={cell} align={block.align[index]} isHead />
							))}
						</tr>
					</thead>
					{parts.map((from) => (
						<RowsPart key={from} rows={rows.slice(from, from + rowsPerPart)} align={block.align} />
					))}
				</table>
			</div>
			{rows.length < block.rows.length ? (
				<Button kind="quiet" className="w-full rounded-none" onClick={() => setWhole(true)}>
					{messages.showAllRows(block.rows.length)}
				</Button>
			) : null}
		</div>
	);
}

interface PartProps {
	readonly rows: readonly (readonly TableCell[])[];
	readonly align: Table["align"];
}

/** Rows that are drawn together: a long table comes in slices. Until then they have a place. */
const RowsPart = memo(
	function RowsPart({ rows, align }: PartProps) {
		const isDrawn = useSlice(rows.length * align.length * nodesPerCell);
		return (
			<tbody>
				{isDrawn ? (
					rows.map((row, index) => (
						// biome-ignore lint/suspicious/noArrayIndexKey: a row is its place in the table.
						<RowView key={index} cells={row} align={align} />
					))
				) : (
					<tr style={{ height: rows.length * rowPx }} />
				)}
			</tbody>
		);
	},
	(before, after) =>
		before.align === after.align &&
		before.rows.length === after.rows.length &&
		before.rows.every((row, index) => row === after.rows[index]),
);

interface RowProps {
	readonly cells: readonly TableCell[];
	readonly align: Table["align"];
}

/** A row that did not change stays as it is while others arrive. */
const RowView = memo(function RowView({ cells, align }: RowProps) {
	return (
		<tr>
			{cells.map((cell, column) => (
				// biome-ignore lint/suspicious/noArrayIndexKey: a cell is its place in the row.
				<CellView key={column} cell={cell} align={align[column]} />
			))}
		</tr>
	);
});

interface CellProps {
	readonly cell: TableCell;
	readonly align?: "left" | "right" | "center" | null;
	readonly isHead?: boolean;
}

/** A header without a word is no header to those who hear the table. */
function CellView({ cell, align, isHead = false }: CellProps) {
	const Tag = isHead && toInlineText(cell.children).trim() !== "" ? "th" : "td";
	return (
		<Tag dir={cell.direction} data-align={align ?? undefined} scope={Tag === "th" ? "col" : undefined}>
			<InlineView nodes={cell.children} />
		</Tag>
	);
}

/** While rows arrive, the widths that the first ones asked for: later words wrap instead of moving every column. */
function useSettledWidths(block: Table): readonly number[] {
	const settled = useRef<readonly number[]>([]);
	const isSettled = settled.current.length === block.head.length && block.rows.length > 1;
	if (!isSettled) settled.current = toColumnWidths(block);
	return settled.current;
}
