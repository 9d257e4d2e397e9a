// Decides who is told of what changed: every open tab of one person, and nobody else.
// Needs: nothing but memory; events tell that something changed, the tables tell what.
// Promises: a reader misses nothing silently: after a gap it is told to read everything again.
export { createViewerEvents, type ViewerEvents } from "./viewer-events.ts";
