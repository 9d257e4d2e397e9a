interface TextFile {
	readonly fileName: string;
	readonly mediaType: string;
	readonly text: string;
}

/** Offers a text as a download. */
export function saveFile({ fileName, mediaType, text }: TextFile): void {
	const url = URL.createObjectURL(new Blob([text], { type: mediaType }));
	const link = document.createElement("a");
	link.href = url;
	link.download = fileName;
	link.click();
	// The browser has taken the address by then; a slow one gets a second.
	setTimeout(() => URL.revokeObjectURL(url), 1_000);
}
