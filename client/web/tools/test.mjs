/** Runs the unit tests of the pages' pure parts: node tools/test.mjs FILE.test.ts… */
import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const out = mkdtempSync(join(tmpdir(), "paidan-web-test-"));
try {
	await build({ entryPoints: process.argv.slice(2).map((file) => resolve(file)), outdir: out, bundle: true, format: "esm",
		platform: "node", target: "node18", outExtension: { ".js": ".mjs" }, jsx: "automatic", jsxImportSource: "preact",
		tsconfig: join(root, "tsconfig.json"), nodePaths: [join(root, "node_modules")], sourcemap: "inline", logLevel: "error" });
	const files = readdirSync(out).map((name) => join(out, name));
	const { status } = spawnSync(process.execPath, ["--enable-source-maps", "--test", ...files], { stdio: "inherit" });
	process.exitCode = status ?? 1;
} finally {
	rmSync(out, { recursive: true, force: true });
}
