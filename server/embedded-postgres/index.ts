// Decides how the PostgreSQL that comes with npm runs in the data folder: unpacked, initialised, adopted, stopped.
// Needs: a folder that it may write to.
// Promises: one server per folder, whichever processes start at once, and nothing acknowledged is lost by a kill.
export { type EmbeddedDatabase, type EmbeddedInput, startEmbeddedDatabase } from "./embedded.ts";
