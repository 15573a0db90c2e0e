/** Writes gen/api.ts: the JSON types of the protos (protoc-gen-es), and which method takes and gives which. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PROTOS = "../../proto";

function generated(root) {
	const out = mkdtempSync(join(tmpdir(), "paidan-api-"));
	try {
		const protos = readdirSync(join(root, PROTOS, "paidan/v1")).sort().map((name) => `paidan/v1/${name}`);
		execFileSync("protoc", ["-I", PROTOS, "--plugin=node_modules/.bin/protoc-gen-es", `--es_out=${out}`,
			"--es_opt=target=ts,json_types=true", ...protos], { cwd: root });
		return protos.map((proto) => readFileSync(join(out, proto.replace(".proto", "_pb.ts")), "utf8"));
	} finally {
		rmSync(out, { recursive: true, force: true });
	}
}

/** Nothing but the JSON types: no descriptors, so that no runtime library is needed. Numbers are always finite here. */
function jsonTypes(text) {
	const blocks = text.match(/^export type \w+Json =(?: \{[\s\S]*?^\}|[^;{]*);/gm) ?? [];
	return blocks.map((block) => block.replace(/ *@generated .*\n/g, "\n").replace(/^ *\*\n(?= *\*\/)/gm, "")
		.replaceAll(' | "NaN" | "Infinity" | "-Infinity"', "").replace(/^ *\/\*\*[\s*]*\*\/\n/gm, ""));
}

function methods(root) {
	const unary = [];
	const streams = [];
	for (const name of readdirSync(join(root, PROTOS, "paidan/v1")).sort()) {
		const text = readFileSync(join(root, PROTOS, "paidan/v1", name), "utf8");
		const service = /^service (\w+)/m.exec(text)?.[1];
		for (const [, method, request, stream, response] of text.matchAll(/^ {2}rpc (\w+)\((\w+)\) returns \((stream )?(\w+)\)/gm))
			(stream ? streams : unary).push(`\t"${service}/${method}": [${request}Json, ${response}Json];`);
	}
	return [`export interface Unary {\n${unary.join("\n")}\n}`, `export interface Streams {\n${streams.join("\n")}\n}`];
}

export function writeApi(root) {
	const text = ["// Made from proto/paidan/v1 by tools/api.mjs.", "type FieldMaskJson = string;",
		...generated(root).flatMap(jsonTypes), ...methods(root), ""].join("\n\n");
	const file = join(root, "gen/api.ts");
	if (existsSync(file) && readFileSync(file, "utf8") === text) return;
	mkdirSync(join(root, "gen"), { recursive: true });
	writeFileSync(file, text);
}
