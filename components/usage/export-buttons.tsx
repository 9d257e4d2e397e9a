"use client";

import { DownloadIcon } from "lucide-react";
import { useState } from "react";
import { trpc } from "../connection/trpc-client";
import { Button } from "../ui/button";
import { usageWords } from "../words/usage";
import type { ShownMonth } from "./usage-queries";

/** The month's lines as a file. */
export function ExportButtons({ shown }: { readonly shown: ShownMonth }) {
	const [isFailed, setFailed] = useState(false);
	const download = (format: "csv" | "json") => async () => {
		setFailed(false);
		const { month, timeZone } = shown;
		try {
			save(await trpc.usage.export.query({ month, timeZone, format }));
		} catch {
			setFailed(true);
		}
	};
	return (
		<div className="flex flex-wrap items-center gap-2">
			{isFailed ? (
				<p role="alert" className="text-meta text-danger">
					{usageWords.downloadFailed}
				</p>
			) : null}
			{(["csv", "json"] as const).map((format) => (
				<Button
					key={format}
					aria-label={usageWords.downloadAs(format.toUpperCase())}
					onClick={() => void download(format)()}
				>
					<DownloadIcon size={15} aria-hidden />
					{format.toUpperCase()}
				</Button>
			))}
		</div>
	);
}

function save(file: { readonly fileName: string; readonly mediaType: string; readonly text: string }): void {
	const url = URL.createObjectURL(new Blob([file.text], { type: file.mediaType }));
	const link = document.createElement("a");
	link.href = url;
	link.download = file.fileName;
	link.click();
	// The browser has taken the address by then; a slow one gets a second.
	setTimeout(() => URL.revokeObjectURL(url), 1_000);
}
