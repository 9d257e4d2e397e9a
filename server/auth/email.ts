import type { Settings } from "../settings/index.ts";

export interface Email {
	readonly to: string;
	readonly subject: string;
	readonly text: string;
}

/** Sends one plain-text email; rejects when the mail server does not take it. */
export interface EmailSender {
	send(email: Email): Promise<void>;
}

/** Ten seconds for each step with the mail server. No request waits for an email, so this only bounds what piles up. */
const timeoutMs = 10_000;

/** Sends through the operator's mail server; null when none is set. The package is loaded with the first email. */
export function createEmailSender(settings: Settings["mail"]): EmailSender | null {
	if (!settings) return null;
	return {
		async send(email) {
			const { createTransport } = await import("nodemailer");
			const transport = createTransport({
				url: settings.smtpUrl,
				connectionTimeout: timeoutMs,
				greetingTimeout: timeoutMs,
				socketTimeout: timeoutMs,
				dnsTimeout: timeoutMs,
			});
			try {
				await transport.sendMail({ from: settings.from, ...email });
			} finally {
				transport.close();
			}
		},
	};
}
