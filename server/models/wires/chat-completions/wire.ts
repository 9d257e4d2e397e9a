import type { Wire } from "../wire.ts";
import { createReader } from "./reader.ts";
import { toRequest } from "./request.ts";

/** OpenAI's chat completions, and all servers that imitate them. */
export const chatCompletions: Wire = { fold: { readsThinkTags: true }, toRequest, createReader };
