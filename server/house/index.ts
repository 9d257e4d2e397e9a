// Decides what the server asks models for by itself, and of which one: the titles and summaries of threads, in the background, and for a sample of
// Auto's answers what the other road's model would have said and how good that is.
// Needs: the database, the models and what calling them takes, prices, and a hub that tells a person's tabs of changes.
// Promises: a call is recorded before it is made and booked once, on the server's account; a person's title is never replaced;
// a summary begins with the one before, and what a model loses of names, numbers and constraints is added to it word by word.
export { createHouse } from "./house.ts";
export type { ShadowPlan } from "./shadow/shadow-plan.ts";
export { readShadowReport, shadowReport } from "./shadow/shadow-report.ts";
export type { Compaction } from "./summaries/compaction.ts";
