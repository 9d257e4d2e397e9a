import * as z from "zod";
import { wellFormedText } from "../contract/text.ts";

/** An address as people type it. 254 characters is the longest that SMTP can carry (RFC 5321, erratum 1690). */
export const emailField = z.string().trim().max(254).pipe(z.email("This is not an email address."));

/** Only bounds what is hashed; `requireGoodPassword` refuses weak new passwords with reasons of its own. */
export const passwordField = wellFormedText({ max: 1024 });

/** What others see beside a message. */
export const nameField = wellFormedText({ max: 100 }).transform((name) => name.trim());

/** The secret of a one-time link: 32 random bytes in base64url. */
export const linkTokenField = z.string().max(200);
