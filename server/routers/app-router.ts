import { accountRouter } from "./account.ts";
import { adminRouter } from "./admin.ts";
import { batchRouter } from "./batch.ts";
import { chatRouter } from "./chat.ts";
import { compactionRouter } from "./compaction.ts";
import { eventsRouter } from "./events.ts";
import { keysRouter } from "./keys.ts";
import { modelsRouter } from "./models.ts";
import { threadsRouter } from "./threads.ts";
import { router } from "./trpc.ts";
import { usageRouter } from "./usage.ts";

export const appRouter = router({
	account: accountRouter,
	admin: adminRouter,
	batch: batchRouter,
	chat: chatRouter,
	compaction: compactionRouter,
	events: eventsRouter,
	keys: keysRouter,
	models: modelsRouter,
	threads: threadsRouter,
	usage: usageRouter,
});

export type AppRouter = typeof appRouter;
