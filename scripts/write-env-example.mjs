// Writes .env.example from the table of settings. Run by `npm run env:example`, under Node 24.
import { writeFileSync } from "node:fs";
import { renderEnvExample } from "../server/env-example.ts";

writeFileSync(new URL("../.env.example", import.meta.url), renderEnvExample());
