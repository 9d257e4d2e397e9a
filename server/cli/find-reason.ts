import { findOption, type Options, UsageError } from "./command.ts";

/** What stands in `--reason`, as the audit log keeps it. @throws {UsageError} for what the procedures would refuse too. */
export async function findReason(options: Options): Promise<string | undefined> {
	const given = findOption(options, "reason");
	if (given === undefined) return undefined;
	const { reasonText } = await import("../usage/index.ts");
	const parsed = reasonText.safeParse(given);
	if (parsed.success) return parsed.data;
	throw new UsageError(`--reason: ${parsed.error.issues.map(({ message }) => message).join("; ")}`);
}

/** @throws {UsageError} also when there is none. */
export async function requireReason(options: Options): Promise<string> {
	const reason = await findReason(options);
	if (reason !== undefined) return reason;
	throw new UsageError("--reason is required");
}
