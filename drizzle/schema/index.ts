export * from "./auth.ts";
export * from "./batch.ts";
export * from "./chat.ts";
export * from "./context.ts";
export * from "./quota.ts";
export * from "./resilience.ts";
export * from "./threads.ts";
export * from "./usage.ts";
