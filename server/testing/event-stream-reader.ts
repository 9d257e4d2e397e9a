/** Reads server-sent events as the WHATWG says, byte by byte if it must, and cuts connections. */
import { type IncomingMessage, request } from "node:http";

export interface WireEvent {
	readonly type: string;
	readonly id: string | null;
	readonly data: string;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The events whose closing blank line was read; what comes after the last one is lost with the connection. */
export function parseWholeEvents(bytes: Uint8Array): WireEvent[] {
	const text = decoder.decode(bytes.subarray(0, toWholeLength(bytes)));
	return text.split("\n\n").filter(Boolean).map(parseEvent);
}

function toWholeLength(bytes: Uint8Array): number {
	for (let at = bytes.length; at > 1; at--) if (bytes[at - 1] === 10 && bytes[at - 2] === 10) return at;
	return 0;
}

function parseEvent(block: string): WireEvent {
	const event = { type: "message", id: null as string | null, data: "" };
	for (const line of block.split("\n")) {
		const colon = line.indexOf(":");
		const [field, value] = [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, "")];
		if (field === "event") event.type = value;
		if (field === "id") event.id = value;
		if (field === "data") event.data = value;
	}
	return event;
}

/** What of a stream of wire text arrives when the connection breaks after so many bytes. */
export async function readUntilCut(wire: AsyncIterable<string>, bytesMax: number): Promise<Uint8Array> {
	const parts: Uint8Array[] = [];
	let bytes = 0;
	for await (const text of wire) {
		const part = encoder.encode(text);
		parts.push(part.subarray(0, bytesMax - bytes));
		bytes += part.length;
		if (bytes >= bytesMax) break;
	}
	return Buffer.concat(parts);
}

/** The same over HTTP: the socket is destroyed after so many bytes of the body. */
export async function fetchUntilCut(
	url: string,
	{ headers, bytesMax }: { headers: Record<string, string>; bytesMax: number },
): Promise<Uint8Array> {
	const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
	const call = request(url, { headers, agent: false }, resolve).on("error", reject).end();
	const response = await promise;
	const parts: Buffer[] = [];
	let bytes = 0;
	for await (const part of response) {
		parts.push(part.subarray(0, bytesMax - bytes));
		bytes += part.length;
		if (bytes >= bytesMax) break;
	}
	call.destroy();
	return Buffer.concat(parts);
}
