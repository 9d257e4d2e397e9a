// Decides what the server asks models for by itself, and of which one: the titles of threads, in the background.
// Needs: the database, the models and what calling them takes, prices, and a hub that tells a person's tabs of changes.
// Promises: a call is recorded before it is made and booked once, on the server's account; a person's title is never replaced.
export { createHouse } from "./house.ts";
