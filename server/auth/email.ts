import type { Settings } from "../settings/index.ts";

export interface Email {
	readonly to: string;
	readonly subject: string;
	readonly text: string;
}

/** Sends one plain-text letter; rejects when the mail server does not take it. */
export interface EmailSender {
	send(letter: Email): Promise<void>;
}

/** Ten seconds for each step with the mail server; nobody waits for a letter, so this only bounds what piles up. */
const timeoutMs = 10_000;

/** The way to the operator's mail server, or null when none is set. The package loads with the first letter. */
export function createEmailSender(settings: Settings["mail"]): EmailSender | null {
	if (!settings) return null;
	return {
		async send(letter) {
			const { createTransport } = await import("nodemailer");
			const transport = createTransport({
				url: settings.smtpUrl,
				connectionTimeout: timeoutMs,
				greetingTimeout: timeoutMs,
				socketTimeout: timeoutMs,
				dnsTimeout: timeoutMs,
			});
			try {
				await transport.sendMail({ from: settings.from, ...letter });
			} finally {
				transport.close();
			}
		},
	};
}
