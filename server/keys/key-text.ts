import { createHash, randomInt, timingSafeEqual } from "node:crypto";

/**
 * A key as its owner holds it: `parley_<public id>_<secret>_<checksum>`, letters and digits alone, so that a double click selects
 * it, and programs that look for secrets in code recognise it.
 */
export interface KeyText {
	/** Names the key in lists, logs and the audit log. */
	readonly publicId: string;
	/** 43 characters of 62: 256 bits. */
	readonly secret: string;
}

const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const lengths = { publicId: 12, secret: 43, checksum: 6 } as const;
const form = /^parley_([0-9A-Za-z]{12})_([0-9A-Za-z]{43})_([0-9A-Za-z]{6})$/;
const anywhere = /parley_[0-9A-Za-z]{12}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}/;

export const createPublicId = (): string => toRandom(lengths.publicId);
export const createSecret = (): string => toRandom(lengths.secret);

export function toKeyText({ publicId, secret }: KeyText): string {
	const text = `parley_${publicId}_${secret}`;
	return `${text}_${toChecksum(text)}`;
}

/** The parts of a key; null for what is no key or was mistyped, which costs no query. */
export function parseKeyText(text: string): KeyText | null {
	const [, publicId, secret, checksum] = form.exec(text) ?? [];
	if (publicId === undefined || secret === undefined || checksum === undefined) return null;
	return toChecksum(text.slice(0, -lengths.checksum - 1)) === checksum ? { publicId, secret } : null;
}

/** Whether a text means to be a key of ours, valid or not. */
export const isKeyText = (text: string): boolean => text.startsWith("parley_");

/** Whether a text has a key of ours somewhere in it. */
export const holdsKey = (text: string): boolean => anywhere.test(text);

/** A secret has 256 random bits, so that a plain hash of it gives nothing away; slow hashes are for passwords. */
export const toSecretHash = (secret: string): string =>
	createHash("sha256").update(secret).digest("base64url");

/** Takes as long for a hash that is nearly right as for any other. */
export function isSameHash(hash: string, stored: string | null): boolean {
	if (stored === null) return false;
	const [one, other] = [Buffer.from(hash), Buffer.from(stored)];
	return one.length === other.length && timingSafeEqual(one, other);
}

function toRandom(length: number): string {
	return Array.from({ length }, () => digits[randomInt(digits.length)]).join("");
}

/** Against mistakes, not against attackers: it needs no secret. */
function toChecksum(text: string): string {
	const bytes = createHash("sha256").update(text).digest();
	return Array.from(bytes.subarray(0, lengths.checksum), (byte) => digits[byte % digits.length]).join("");
}
