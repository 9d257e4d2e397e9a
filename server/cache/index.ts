// Decides whether the answer to a stored question answers an asked one: serve it, judge it later (grey) or ask a model (miss).
// Needs: both texts, and vectors of them, which an embedding model made.
// Not used by turns yet, and measured by `npm run eval:cache` and `eval:cache-stream`.
// Promises: a guard that is missing or fails is a miss; a language without tables is served when the text is the same, never by meaning.
export { decide } from "./decide.ts";
export { createEntries } from "./entries.ts";
export { createModel } from "./model/model.ts";
export { readQuestion } from "./read/question.ts";
export { findDependence } from "./self-contained.ts";
