import type { IncomingMessage } from "node:http";
import { AppError } from "../contract/errors.ts";

/** Bytes of any request body. */
export const bodyBytesMax = 1024 * 1024;
/** A body that does not arrive in this time is given up. */
const bodyTimeoutMs = 30_000;

/**
 * Reads a body before anything parses it, declared length or chunked.
 *
 * @throws AppError `payload_too_large` as soon as the cap is passed, `timeout`, `invalid_request` when it breaks off.
 */
export function readBody(request: IncomingMessage): Promise<Buffer> {
	const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
	const tooLarge = () =>
		reject(
			new AppError("payload_too_large", "The body is larger than 1 MB.", {
				details: { bytesMax: bodyBytesMax },
			}),
		);
	if (Number(request.headers["content-length"] ?? 0) > bodyBytesMax) {
		tooLarge();
		return promise;
	}
	const parts: Buffer[] = [];
	let bytes = 0;
	const timer = setTimeout(
		() => reject(new AppError("timeout", "The body did not arrive in time.")),
		bodyTimeoutMs,
	);
	request.on("data", (part: Buffer) => {
		bytes += part.length;
		if (bytes > bodyBytesMax) {
			request.removeAllListeners("data");
			tooLarge();
		} else parts.push(part);
	});
	request.once("end", () => resolve(parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)));
	request.once("close", () => reject(new AppError("invalid_request", "The body broke off.")));
	return promise.finally(() => clearTimeout(timer));
}
