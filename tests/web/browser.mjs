// A browser for the tests: Debian's chromium, driven by playwright-core, with axe-core at hand.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(new URL("./node/package.json", import.meta.url));
export const { chromium } = require("playwright-core");
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

export const given = JSON.parse(process.env.PAIDAN_WEB);
const PATH = process.env.CHROMIUM ?? "/usr/bin/chromium";
export const WAIT_MS = 15_000;

export function launch() {
	return chromium.launch({ executablePath: PATH, args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"] });
}

/** A page with its own cookies; what goes wrong in it is kept in `problems`. */
export async function open(browser, options = {}) {
	const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: "zh-CN", timezoneId: "Asia/Shanghai",
		viewport: { width: 1440, height: 900 }, ...options });
	context.setDefaultTimeout(WAIT_MS);
	const page = await context.newPage();
	const problems = [];
	if (process.env.DEBUG_PAGES) page.on("console", (message) => console.log(`# ${message.type()}: ${message.text()}`));
	page.on("pageerror", (error) => problems.push(String(error)));
	page.on("console", (message) => {
		if (/Content Security Policy/.test(message.text())) problems.push(message.text());
	});
	return { context, page, problems };
}

/** A call of the broker beside the page, as the desk's key. */
export async function rpc(page, method, body, key = given.operatorKey) {
	const said = await page.context().request.post(`${given.url}/paidan.v1.${method}`, { data: body,
		headers: { authorization: `Bearer ${key}`, "content-type": "application/json" } });
	if (!said.ok()) throw new Error(`${method}: ${await said.text()}`);
	return said.json();
}

/** Violations as lines; none is expected. The policy of the page lets no script in, so it goes by the debugger. */
export async function violations(page) {
	await page.evaluate(AXE);
	const { violations: found } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
	return found.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(" ")}: ${node.failureSummary.slice(0, 300)}`));
}

export function check(condition, why) {
	if (!condition) throw new Error(why);
}

export function equal(got, want, what) {
	check(JSON.stringify(got) === JSON.stringify(want), `${what}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);
}

/** Runs the cases whose names have one of the parts given; prints what tests/count.py reads. */
export async function runAll(cases) {
	const parts = process.argv.slice(2);
	let passed = 0;
	let failed = 0;
	for (const [name, run] of Object.entries(cases)) {
		if (parts.length > 0 && !parts.some((part) => name.includes(part))) continue;
		const started = performance.now();
		try {
			await run();
			passed++;
			console.log(`ok web/${name} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
		} catch (error) {
			failed++;
			console.log(`FAIL web/${name}: ${String(error.stack ?? error).slice(0, 2500)}`);
		}
	}
	console.log(`${passed} passed, ${failed} failed`);
	process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
}
