/** Fields of a foreign error that say what failed and never what a person sent. */
const safeFields = [
	"code",
	"severity",
	"routine",
	"schema_name",
	"table_name",
	"column_name",
	"constraint_name",
	"errno",
	"syscall",
	"status",
	"statusCode",
] as const;

/** Causes of causes beyond this are left out. */
const depthMax = 4;

/**
 * An error as it is logged: type, message, stack, cause and the fields that are safe. Database errors quote parameters and
 * rows (Drizzle in its message, PostgreSQL in `detail`), mail servers quote recipients: email addresses, hashes and tokens
 * are masked wherever they stand.
 */
export function toLoggedError(error: unknown, depth = 0): Record<string, unknown> {
	if (!(error instanceof Error)) return { type: typeof error, message: maskSecrets(String(error)) };
	const message = withoutParameters(error.message);
	const stack = error.stack?.replace(error.message, () => message);
	return {
		type: error.name,
		message: maskSecrets(message),
		...(stack !== undefined && { stack: maskSecrets(stack) }),
		...Object.fromEntries(
			safeFields.flatMap((name) => {
				const value: unknown = Reflect.get(error, name);
				return typeof value === "string" || typeof value === "number" ? [[name, value]] : [];
			}),
		),
		...(error.cause !== undefined && depth < depthMax && { cause: toLoggedError(error.cause, depth + 1) }),
	};
}

/** Drizzle's messages end with the values of the statement. */
const withoutParameters = (message: string): string => message.replace(/\nparams: [\s\S]*$/, "");

/** Masks email addresses, and what looks like a token, a hash or a key: 32 or more letters and digits in one run. */
export function maskSecrets(text: string): string {
	return text
		.replace(/[^\s"'`<>()[\]{},;:=]+@[^\s"'`<>()[\]{},;:=]*[\p{L}\p{N}]/gu, "[email]")
		.replace(/\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[A-Za-z0-9_-]{32,}\b/g, (run) =>
			isId(run) ? run : "[secret]",
		);
}

/** Ids of people, threads and turns stay: logs are searched by them. */
const isId = (run: string): boolean =>
	/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(run);
