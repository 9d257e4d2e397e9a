/** Characters (UTF-16 code units) of one message: about 50,000 tokens, below the 1 MB body cap in any script. */
export const messageCharactersMax = 200_000;

/** Parts of one message that a person sends. */
export const messagePartsMax = 32;

/** Characters of base64 of one inline image: with the rest of the request it stays below the 1 MB body cap. */
export const inlineImageCharactersMax = 700_000;
