// Decides which model answers.
// Needs: what was asked for and the models there are.
// Promises: an unknown model is refused before anything is written; `auto` always finds one.
export { type Routable, type Route, route } from "./route.ts";
