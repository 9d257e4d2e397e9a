/** Two texts of one person in one field or message, as two paragraphs. */
export function joinTexts(above: string, below: string): string {
	return [above, below].filter((text) => text !== "").join("\n\n");
}
