/** Bundles the pages below src/pages into a directory that server/web/bundle_assets.py takes. */
import { build } from "esbuild";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";

/** Gzipped, of all that a page loads before it is ready: its scripts and styles, without what comes later. */
const BUDGET_KB = { desk: 60, m: 30, r: 30, points: 30, stats: 30, admin: 60, open: 20, wall: 20 };
const TITLES = { desk: "派单台", m: "接单", r: "点单", points: "积分", stats: "统计", admin: "管理", open: "公开", wall: "大屏" };

const OPTIONS = {
	bundle: true, minify: true, format: "esm", target: ["chrome100", "firefox100", "safari15"],
	jsx: "automatic", jsxImportSource: "preact", legalComments: "none", charset: "utf8", metafile: true, logLevel: "error",
};

function firstLoad(outputs, start) {
	const names = new Set();
	const visit = (name) => {
		if (names.has(name)) return;
		names.add(name);
		if (outputs[name].cssBundle) names.add(outputs[name].cssBundle);
		for (const { path, kind } of outputs[name].imports) if (kind === "import-statement") visit(path);
	};
	visit(start);
	return [...names];
}

function html(page, names) {
	const lines = names.map((name) => (name.endsWith(".css") ? `<link rel="stylesheet" href="/assets/${name}">`
		: `<script type="module" src="/assets/${name}"></script>`));
	return `<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="light dark">
<title>${TITLES[page] ?? page} · 派单</title>
<link rel="icon" href="/icon.svg">
${page === "m" || page === "r" ? `<link rel="manifest" href="/${page}.webmanifest">\n` : ""}${lines.join("\n")}
</head>
<body>
<div id="app"></div>
<noscript>本页需要启用 JavaScript。This page needs JavaScript.</noscript>
</body>
</html>
`;
}

/** One page: its bundle, its HTML, and how large it is. */
async function bundlePage(root, out, page) {
	const entry = join(root, "src/pages", page, "main.tsx");
	const { metafile } = await build({ ...OPTIONS, entryPoints: { [page]: entry }, outdir: join(out, "assets"),
		entryNames: "[name]-[hash]", chunkNames: `${page}-[name]-[hash]`, assetNames: "[name]-[hash]", splitting: true });
	const start = Object.keys(metafile.outputs).find((name) => metafile.outputs[name].entryPoint?.endsWith(`${page}/main.tsx`));
	const names = firstLoad(metafile.outputs, start);
	const shown = [start, metafile.outputs[start].cssBundle].filter(Boolean).map((name) => basename(name));
	writeFileSync(join(out, `${page}.html`), html(page, shown));
	const worker = join(root, "src/pages", page, "worker.ts");
	if (existsSync(worker))
		await build({ ...OPTIONS, metafile: false, entryPoints: [worker], outfile: join(out, `${page}-worker.js`), format: "iife" });
	const bytes = names.reduce((sum, name) => sum + gzipSync(readFileSync(join(out, "assets", basename(name))), { level: 9 }).length, 0);
	return { page, bytes };
}

/** Writes all pages into `out`; the sizes as lines, and an error for each that is over its budget. */
export async function buildPages(root, out) {
	mkdirSync(out, { recursive: true });
	cpSync(join(root, "src/static"), out, { recursive: true });
	const pages = readdirSync(join(root, "src/pages")).filter((page) => existsSync(join(root, "src/pages", page, "main.tsx")));
	const sizes = await Promise.all(pages.map((page) => bundlePage(root, out, page)));
	const lines = sizes.map(({ page, bytes }) => `${page}: ${(bytes / 1024).toFixed(1)} KB of ${BUDGET_KB[page]} KB`);
	const over = sizes.filter(({ page, bytes }) => !(bytes <= BUDGET_KB[page] * 1024));
	if (over.length > 0) throw new Error(`over the budget (gzip): ${over.map(({ page }) => page).join(", ")}\n${lines.join("\n")}`);
	return lines;
}
