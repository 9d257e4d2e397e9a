// Decides what an operator may do from a shell: accounts, API keys, settings, models, plans, prices, spending, breakers, backups.
// Needs the settings and, for accounts, the server's database, which it shares with a running server.
// Promises one JSON document with --json, and exit codes: 0 done, 1 refused, 2 usage error, 78 invalid settings.
export { runCommand } from "./run-command.ts";
