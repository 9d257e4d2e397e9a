import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import tls from "node:tls";

/**
 * A certificate for two loopback addresses, `models.example` and further addresses, made by openssl and trusted by this process from now on. Null,
 * with a line that says so, where openssl is missing: Node itself makes none.
 */
export function makeCertificate(
	hosts: readonly string[] = [],
): { readonly key: string; readonly cert: string } | null {
	const folder = mkdtempSync(join(tmpdir(), "parley-cert-"));
	const [keyFile, certFile] = [join(folder, "key.pem"), join(folder, "cert.pem")];
	const addresses = ["127.0.0.1", "127.0.0.2", ...hosts].map((host) => `IP:${host}`);
	const names = `subjectAltName=${addresses.join(",")},DNS:localhost,DNS:models.example`;
	try {
		execFileSync(
			"openssl",
			[
				"req",
				"-x509",
				"-newkey",
				"ec",
				"-pkeyopt",
				"ec_paramgen_curve:prime256v1",
				"-nodes",
				"-days",
				"2",
				"-subj",
				"/CN=localhost",
				"-addext",
				names,
				"-keyout",
				keyFile,
				"-out",
				certFile,
			],
			{ stdio: "ignore" },
		);
		const made = { key: readFileSync(keyFile, "utf8"), cert: readFileSync(certFile, "utf8") };
		tls.setDefaultCACertificates([...tls.getCACertificates("default"), made.cert]);
		return made;
	} catch {
		process.stderr.write("There is no openssl here: what needs TLS is left out.\n");
		return null;
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}
