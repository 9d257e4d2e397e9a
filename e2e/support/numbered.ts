/** `one1 one2 …`: a text in which a lost, repeated or misplaced character cannot hide. */
export function countedWords(count: number, word = "w"): string {
	return Array.from({ length: count }, (_, index) => `${word}${index + 1}`).join(" ");
}

/** A message that the provider answers with its own words, at the speed given. */
export function toEcho(text: string, options: string): string {
	return `${text} [[sim text=echo,${options}]]`;
}

/** An answer that still grows when a slow machine has done everything that a test does meanwhile: two minutes. */
export const endless = toEcho(countedWords(3_000), "itl=40");
