// Decides which readers learn of a change: every open tab of the person concerned, on every instance.
// Needs: memory, and notices between processes; events say that something changed, the tables say what.
// Promises: no reader misses a change silently: after a gap it gets `resync` and reads everything again.
export { createViewerEvents, type ViewerEvents } from "./viewer-events.ts";
