/** The query of a page, as Next hands it over. */
export type Query = Promise<Record<string, string | string[] | undefined>>;

/** One value of the query, whatever was sent. */
export const first = (value: string | string[] | undefined): string =>
	(Array.isArray(value) ? value[0] : value) ?? "";
