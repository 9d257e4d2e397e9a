/** Characters (UTF-16 code units) of one message: about 50,000 tokens, below the 1 MB body cap in any script. */
export const messageCharactersMax = 200_000;

/** What a person may set as the most tokens of a conversation that a request has: room for a question, and below any integer. */
export const contextBudgetMin = 1_000;
export const contextBudgetMax = 100_000_000;

/** Messages of one thread that are pinned at the same time. */
export const pinsMax = 20;

/** Parts of one message that a person sends. */
export const messagePartsMax = 32;

/** Characters of base64 of one inline image: with the rest of the request it stays below the 1 MB body cap. */
export const inlineImageCharactersMax = 700_000;
