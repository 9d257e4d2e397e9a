import type { NextConfig } from "next";

const config: NextConfig = {
	reactStrictMode: true,
	poweredByHeader: false,
	compress: true,
	devIndicators: false,
	// Packages with native parts or their own workers; the server runs them, Next must not bundle them.
	serverExternalPackages: ["postgres", "@node-rs/argon2", "pino", "nodemailer"],
	// Types and lint have commands of their own, which CI runs; a build on an operator's machine need not repeat them.
	typescript: { ignoreBuildErrors: true },
};

export default config;
