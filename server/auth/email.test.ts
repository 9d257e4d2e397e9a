import { type AddressInfo, createServer, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createEmailSender } from "./email.ts";

const letter = {
	to: "ada@example.org",
	subject: "Hello",
	text: "A line with a link: https://example.org/?a=b",
};
const closing: (() => void)[] = [];
afterEach(() => {
	for (const close of closing.splice(0)) close();
});

/** As much of a mail server (RFC 5321) as one letter needs. */
async function startMailServer(
	answerTo: (line: string) => string,
): Promise<{ url: string; lines: string[] }> {
	const lines: string[] = [];
	const sockets: Socket[] = [];
	const server = createServer((socket) => {
		sockets.push(socket);
		let isLetter = false;
		socket.write("220 ready\r\n");
		socket.on("data", (bytes) => {
			for (const line of bytes.toString().split("\r\n").slice(0, -1)) {
				lines.push(line);
				if (isLetter && line !== ".") continue;
				isLetter = line === "DATA";
				socket.write(`${answerTo(line)}\r\n`);
			}
		});
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	closing.push(() => {
		for (const socket of sockets) socket.destroy();
		server.close();
	});
	return { url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`, lines };
}

describe("mail", () => {
	it("is sent in plain text from the address that is set", async () => {
		const { url, lines } = await startMailServer((line) => (line === "DATA" ? "354 go on" : "250 ok"));
		await createEmailSender({ smtpUrl: url, from: "Parley <parley@example.org>" })?.send(letter);
		expect(lines).toContain("MAIL FROM:<parley@example.org>");
		expect(lines).toContain("RCPT TO:<ada@example.org>");
		expect(lines).toContain("Subject: Hello");
		expect(lines.join("\n")).toContain("https://example.org/?a=b");
	});

	it("that the server refuses is an error for its sender", async () => {
		const { url } = await startMailServer((line) => (line.startsWith("RCPT") ? "550 no such box" : "250 ok"));
		const mail = createEmailSender({ smtpUrl: url, from: "parley@example.org" });
		await expect(mail?.send(letter)).rejects.toThrow("550");
	});

	it("is nothing at all without a mail server", () => {
		expect(createEmailSender(null)).toBeNull();
	});
});
