"use client";

import { DownloadIcon } from "lucide-react";
import { useState } from "react";
import { trpc } from "../connection/trpc-client";
import { Button } from "../ui/button";
import { saveFile } from "../ui/save-file";
import { usageWords } from "../words/usage";
import type { ShownMonth } from "./usage-queries";

/** The month's lines as a file. */
export function ExportButtons({ shown }: { readonly shown: ShownMonth }) {
	const [isFailed, setFailed] = useState(false);
	const download = (format: "csv" | "json") => async () => {
		setFailed(false);
		const { month, timeZone } = shown;
		try {
			saveFile(await trpc.usage.export.query({ month, timeZone, format }));
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
