import { createHash, createHmac, hkdfSync, timingSafeEqual } from "node:crypto";

/** The formats of backup files that this version reads; it writes the last. Format 1 had a checksum and no seal. */
export const formats = [1, 2] as const;
export type BackupFormat = (typeof formats)[number];
export const formatVersion = 2;

export const toFirstLine = (format: BackupFormat): string => `parley-backup ${format}\n`;

/** Bytes of a SHA-256 in hex digits. */
const hexBytes = 64;
/** Of the last line: the checksum and, since format 2, a space and the seal; then a line break. */
export const lastLineBytes: Record<BackupFormat, number> = { 1: hexBytes + 1, 2: hexBytes * 2 + 2 };

/** The seal of a file that was written without a key. */
const noSeal = "0".repeat(hexBytes);

/**
 * What a backup's seal says. `valid`: this server's key sealed exactly these bytes. `foreign`: they were changed, or sealed by a
 * server with another secret. `unchecked`: no key is known here. `none`: the file was never sealed.
 */
export type SealState = "valid" | "foreign" | "unchecked" | "none";

/** The key that seals backups, derived from the server's secret (RFC 5869), so that the secret itself is in no file. */
export function toSealKey(secret: string): Buffer {
	return Buffer.from(hkdfSync("sha256", secret, "", "parley backup seal", 32));
}

/** Computes the last line of a file from all bytes before it. */
export function createSealer(key: Buffer | null) {
	const checksum = createHash("sha256");
	const seal = key && createHmac("sha256", key);
	return {
		update(bytes: string | Buffer): void {
			checksum.update(bytes);
			seal?.update(bytes);
		},
		/** For a new file. */
		toLastLine: () => `${checksum.digest("hex")} ${seal?.digest("hex") ?? noSeal}\n`,
		/** Whether a file's last line fits its bytes, and what its seal says; null when the checksum does not fit. */
		check(lastLine: string): SealState | null {
			const [given = "", givenSeal] = lastLine.trimEnd().split(" ");
			if (given !== checksum.digest("hex")) return null;
			if (givenSeal === undefined || givenSeal === noSeal) return "none";
			if (!seal) return "unchecked";
			const [one, other] = [Buffer.from(givenSeal), Buffer.from(seal.digest("hex"))];
			return one.length === other.length && timingSafeEqual(one, other) ? "valid" : "foreign";
		},
	};
}
