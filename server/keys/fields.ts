import * as z from "zod";
import { keyScopes } from "../contract/kinds.ts";
import { wellFormedText } from "../contract/text.ts";

const daysMax = 3_650;
const rotationHoursMax = 30 * 24;
const requestsMax = 1_000_000;
const parallelMax = 10_000;

/** What a key is made of, as pages, apps and the command line give it. */
export const keyFields = {
	name: wellFormedText({ max: 100 })
		.transform((name) => name.trim())
		.refine((name) => name !== "", "A key needs a name."),
	scopes: z
		.array(z.enum(keyScopes))
		.min(1)
		.transform((scopes) => [...new Set(scopes)]),
	/** Days from now. */
	expiresInDays: z.number().int().min(1).max(daysMax),
	requestsPerMinute: z.number().int().min(1).max(requestsMax),
	parallelMax: z.number().int().min(1).max(parallelMax),
	/** Nano-dollars as a decimal string. */
	nanoUsdPerMonth: z.string().regex(/^\d{1,18}$/, "is a whole number of nano-dollars"),
	/** For how long the former secret stays valid. */
	overlapHours: z.number().int().min(0).max(rotationHoursMax),
};

/** Null is no limit. */
export const newKey = z.object({
	name: keyFields.name,
	scopes: keyFields.scopes.default(["chat:write"]),
	expiresInDays: keyFields.expiresInDays.nullable().default(null),
	requestsPerMinute: keyFields.requestsPerMinute.nullable().default(null),
	parallelMax: keyFields.parallelMax.nullable().default(null),
	nanoUsdPerMonth: keyFields.nanoUsdPerMonth.nullable().default(null),
});
