// Decides nothing: small tools for async iterators and waits, each tested alone.
// Needs: nothing.
// Promises: whatever waits here ends with its signal and leaves no timer and no listener behind.
export { retry } from "./retry.ts";
export { sleep } from "./sleep.ts";
