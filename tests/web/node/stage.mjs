/**
 * What the stories are played on: a browser, phones in it, the broker's API, and a wire between them that can be cut.
 *
 * A phone counts its taps. Chromium believes the broker's certificate because it is told to; the wire passes TLS on
 * as it is.
 */
import { readFileSync } from "node:fs";
import { request } from "node:https";
import { connect, createServer } from "node:net";
import { chromium } from "playwright-core";

export const world = JSON.parse(readFileSync(process.argv[2], "utf8"));
const ca = readFileSync(world.ca);
const PATIENCE_MS = 15_000;

export class Refused extends Error {}

/** One call as a backend (for somebody) or the desk. */
export function call(method, body, { key = world.backend_key, as } = {}) {
	const headers = { "content-type": "application/json", authorization: `Bearer ${key}`, ...(as && { "x-paidan-act-as": as }) };
	return new Promise((done, failed) => {
		const ask = request({ host: "localhost", port: world.port, path: `/paidan.v1.${method}`, method: "POST", ca, headers }, (said) => {
			const parts = [];
			said.on("data", (part) => parts.push(part));
			said.on("end", () => {
				const text = Buffer.concat(parts).toString();
				if (said.statusCode === 200) done(JSON.parse(text));
				else failed(new Refused(`${method}: ${said.statusCode} ${text}`));
			});
		});
		ask.on("error", failed);
		ask.end(JSON.stringify(body));
	});
}

export const asDesk = { key: world.desk_key };
export const asResident = { as: `resident/${world.resident}` };
export const asMember = { as: `member/${world.member}` };

/** A wire to the broker, on a port of its own. */
export async function layWire() {
	const ends = new Set();
	let isCut = false;
	const server = createServer((near) => {
		if (isCut) return near.destroy();
		const far = connect(world.port, "127.0.0.1");
		for (const [end, other] of [[near, far], [far, near]]) {
			ends.add(end);
			end.on("error", () => other.destroy());
			end.on("close", () => ends.delete(end) && other.destroy());
			end.pipe(other);
		}
	});
	await new Promise((done) => server.listen(0, "127.0.0.1", done));
	const wire = {
		origin: `https://localhost:${server.address().port}`,
		cut() {
			isCut = true;
			for (const end of ends) end.destroy();
		},
		mend() {
			isCut = false;
		},
		async close() {
			wire.cut();
			server.close();
		},
	};
	open.add(wire);
	return wire;
}

export async function openBrowser() {
	return chromium.launch({
		executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
		args: ["--ignore-certificate-errors", "--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
	});
}

const open = new Set();

/** Whatever a story left behind. */
async function tidy() {
	for (const thing of open) await thing.close().catch(() => {});
	open.clear();
}

const wrongs = [];
/** What a page complained about since the last time. */
export const complaints = () => wrongs.splice(0);

/** The desk, signed in and live. */
export async function openDesk(browser, wire) {
	const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "zh-CN" });
	context.setDefaultTimeout(PATIENCE_MS);
	open.add(context);
	const page = await context.newPage();
	page.on("pageerror", (error) => wrongs.push(`desk: ${error.message}`));
	await page.goto(`${wire.origin}/desk?tenant=demo&view=all`);
	await page.locator('input[name="username"]').fill(world.operator.name);
	await page.locator('input[name="password"]').fill(world.operator.password);
	await page.keyboard.press("Enter");
	await page.locator(".line.live").waitFor();
	return page;
}

/**
 * A phone with a page on it, signed in by a fresh link. who: { memberId } or { residentId }. Without locks it is an older
 * browser; with a clock its time can be moved; `prepare` is given the page before it goes anywhere.
 */
export async function openPhone(browser, wire, who, options = {}) {
	const { hasLocks = true, hasClock = false, prepare, ...look } = options;
	const context = await browser.newContext({
		viewport: { width: 390, height: 844 }, locale: "zh-CN", hasTouch: true, isMobile: true, ...look,
	});
	if (!hasLocks)
		await context.addInitScript(() => Object.defineProperty(Navigator.prototype, "locks", { value: undefined }));
	if (hasClock) await context.clock.install();
	await context.grantPermissions(["microphone"]);
	context.setDefaultTimeout(PATIENCE_MS);
	const page = await context.newPage();
	page.on("pageerror", (error) => wrongs.push(`error: ${error.message}`));
	page.on("console", (line) => {
		if (line.type() === "error" && !/net::ERR|Failed to load resource/.test(line.text())) wrongs.push(`console: ${line.text()}`);
	});
	await prepare?.(page);
	const path = who.memberId ? "/m" : "/r";
	const followLink = async () => {
		const { token } = await call("CredentialService/MintToken", { ...who, ttlMs: "3600000" });
		await page.goto(`${wire.origin}${path}#token=${token}`);
	};
	await followLink();
	await page.locator(".tabbar").waitFor();
	open.add(context);
	return {
		page,
		context,
		followLink,
		taps: 0,
		async tap(what) {
			this.taps++;
			await what.click();
		},
		button(name) {
			return page.getByRole("button", { name, exact: true });
		},
	};
}

let passed = 0;
let failed = 0;

export async function play(name, story) {
	const wanted = process.argv[3];
	if (wanted && !name.includes(wanted)) return;
	complaints();
	const started = performance.now();
	try {
		await story();
		const found = complaints();
		if (found.length > 0) throw new Error(found.join("; "));
		passed++;
		console.log(`ok ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
	} catch (error) {
		failed++;
		console.log(`FAIL ${name}: ${String(error.stack ?? error).slice(0, 1500)}`);
	} finally {
		await tidy();
	}
}

/** The closing line that the runner reads. */
export function closing() {
	console.log(`${passed} passed, ${failed} failed`);
	return failed > 0 ? 1 : 0;
}

export function equal(got, want, what) {
	if (got !== want) throw new Error(`${what}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);
}

export function check(condition, what) {
	if (!condition) throw new Error(what);
}
