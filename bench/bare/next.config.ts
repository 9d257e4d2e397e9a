import { join } from "node:path";
import type { NextConfig } from "next";

/** As plain as Next comes; the packages are the project's. */
const config: NextConfig = {
	poweredByHeader: false,
	typescript: { ignoreBuildErrors: true },
	turbopack: { root: join(import.meta.dirname, "../..") },
};

export default config;
