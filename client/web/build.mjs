/**
 * Builds the pages: node build.mjs --out DIRECTORY. Types are checked first, so that what does not compile is not built.
 * With --check it looks at the sources alone: biome, and tools/check.mjs.
 */
import { execFile } from "node:child_process";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { writeApi } from "./tools/api.mjs";
import { problems } from "./tools/check.mjs";
import { buildPages } from "./tools/pages.mjs";

const root = dirname(fileURLToPath(import.meta.url));

function run(name, ...args) {
	return new Promise((done, failed) => {
		execFile(resolve(root, "node_modules/.bin", name), args, { cwd: root, maxBuffer: 1 << 24 }, (error, out, err) =>
			error ? failed(new Error(`${name}:\n${out}${err}`)) : done());
	});
}

async function main(args) {
	const found = problems(root);
	if (found.length > 0) throw new Error(found.join("\n"));
	writeApi(root);
	if (args[0] === "--check") return run("biome", "check", "--error-on-warnings", ".");
	if (args[0] !== "--out" || !args[1]) throw new Error("usage: build.mjs --out DIRECTORY | --check");
	await run("tsc", "--noEmit");
	for (const line of await buildPages(root, resolve(args[1]))) console.log(line);
}

main(process.argv.slice(2)).catch((error) => {
	console.error(error.message);
	process.exitCode = 1;
});
