// Writes .env.example and docs/configuration.md from the table of settings: `npm run env:example`, under Node 24.
import { writeFileSync } from "node:fs";
import { renderConfigurationDocs, renderEnvExample } from "../server/settings/env-example.ts";

writeFileSync(new URL("../.env.example", import.meta.url), renderEnvExample());
writeFileSync(new URL("../docs/configuration.md", import.meta.url), renderConfigurationDocs());
