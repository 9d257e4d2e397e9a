// Decides nothing: each procedure parses its input, calls one function of a room and returns what its schema says.
// Needs: the services of the process and who is asking.
// Promises: every procedure declares who may call it, and every failure is a code of the error table.
export { type AppRouter, appRouter } from "./app-router.ts";
export { toCaller } from "./to-caller.ts";
export { type RequestContext, requireScope, takeRate, toTRPCError } from "./trpc.ts";
