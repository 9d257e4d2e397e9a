import { isIP } from "node:net";
import { domainToASCII } from "node:url";
import * as z from "zod";
import { AddressMistake, parseDatabaseAddress } from "../db/index.ts";

export const wholeNumber = (min: number, max: number) =>
	z
		.string()
		.refine((text) => /^\d{1,10}$/.test(text) && Number(text) >= min && Number(text) <= max, {
			error: `must be a whole number from ${min} to ${max}`,
		})
		.transform(Number);

/** As browsers write it: international names in ASCII, no trailing slash, no default port. */
export const webAddress = z
	.string()
	.refine(isWebAddress, "must be an http:// or https:// address without user, query or fragment")
	.transform((text) => new URL(text).href.replace(/\/+$/, ""));

export const key = z.string().regex(/^[\x21-\x7e]+$/, "must be printable ASCII without spaces");

export const hosts = z
	.string()
	.transform((text) => splitList(text).map(toAsciiHost))
	.refine((list) => list.every((host) => /^[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?$/.test(host)), {
		error: "must be host names separated by commas, such as images.example.com",
	});

export const proxies = z
	.string()
	.transform(splitList)
	.refine((list) => list.every(isAddressOrNetwork), {
		error: "must be IP addresses or networks separated by commas, such as 127.0.0.1, 10.0.0.0/8",
	});

export const authSecret = key.superRefine((text, context) => {
	if (text.length < 32) {
		const message = `must be at least 32 characters (got ${text.length}). Create one: openssl rand -base64 32`;
		context.addIssue({ code: "custom", message });
	}
});

export const databaseAddress = z.string().superRefine((text, context) => {
	try {
		parseDatabaseAddress(text);
	} catch (error) {
		if (!(error instanceof AddressMistake)) throw error;
		context.addIssue({ code: "custom", message: error.message });
	}
});

export const redisAddress = z.string().superRefine((text, context) => {
	const mistake = findAddressMistake(text, ["redis:", "rediss:"], "redis://host:6379");
	if (mistake !== null) context.addIssue({ code: "custom", message: mistake });
});

export const mailAddress = z.string().superRefine((text, context) => {
	const mistake = findAddressMistake(text, ["smtp:", "smtps:"], "smtp://user:password@host:587");
	if (mistake !== null) context.addIssue({ code: "custom", message: mistake });
});

export const text = z.string();

function isWebAddress(address: string): boolean {
	if (!URL.canParse(address)) return false;
	const { protocol, username, password, search, hash } = new URL(address);
	return /^https?:$/.test(protocol) && [username, password, search, hash].every((part) => part === "");
}

function splitList(text: string): string[] {
	return [...new Set(text.split(",").map((entry) => entry.trim()))].filter(Boolean);
}

/** An international name as browsers send it; any other text as it is, for the check that follows. */
function toAsciiHost(host: string): string {
	const [, name = "", port = ""] = /^(.*?)(:\d{1,5})?$/.exec(host.toLowerCase()) ?? [];
	return `${domainToASCII(name) || name}${port}`;
}

function isAddressOrNetwork(entry: string): boolean {
	const [, address = "", bits] = /^([0-9a-fA-F.:]+)(?:\/(\d{1,3}))?$/.exec(entry) ?? [];
	return isIP(address) !== 0 && Number(bits ?? 0) <= (isIP(address) === 6 ? 128 : 32);
}

/** What is wrong with an address; usually a password with `#`, `/` or `@` in it. */
function findAddressMistake(address: string, protocols: string[], example: string): string | null {
	const scheme = /^([a-z]+:)\/\//.exec(address)?.[1];
	if (scheme === undefined || !protocols.includes(scheme)) return `must look like ${example}`;
	const isPlain = URL.canParse(address) && new URL(address).hostname !== "" && new URL(address).hash === "";
	if (isPlain && !new URL(address).pathname.includes("@")) return null;
	return `cannot be read as an address. Encode special characters in the password (# is %23, / is %2F, @ is %40); it must look like ${example}`;
}
