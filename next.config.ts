import type { NextConfig } from "next";

const config: NextConfig = {
	reactStrictMode: true,
	poweredByHeader: false,
	compress: true,
	devIndicators: false,
	// Packages with native parts or their own workers; the server runs them, Next must not bundle them.
	serverExternalPackages: ["postgres", "@node-rs/argon2", "pino", "nodemailer"],
	turbopack: {
		resolveAlias: {
			// Its build for pages asks the document, which a worker has not: the one for workers has its own table.
			"decode-named-character-reference": "./node_modules/decode-named-character-reference/index.js",
		},
	},
	// Types and lint have commands of their own, which CI runs; a build on an operator's machine need not repeat them.
	typescript: { ignoreBuildErrors: true },
};

export default config;
