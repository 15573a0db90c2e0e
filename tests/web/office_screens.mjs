// Pictures of the office's other pages, into the directory that the first argument names.
import { mkdirSync } from "node:fs";
import { given, launch, open } from "./browser.mjs";

const out = process.argv[2] ?? "screenshots";
mkdirSync(out, { recursive: true });
const browser = await launch();

async function signedIn() {
	const { context, page } = await open(browser);
	await page.goto(`${given.url}/stats?tenant=${given.tenant}`);
	await page.locator('input[name="username"]').fill(given.admin);
	await page.locator('input[name="password"]').fill(given.password);
	await page.keyboard.press("Enter");
	await page.locator(".tile").first().waitFor();
	const state = await context.storageState();
	await context.close();
	return state;
}

/** A file that moves a corner of each second grid, and has a new one. */
async function showImport(page) {
	const ask = async (body) => (await (await page.context().request.post(`${given.url}/paidan.v1.OrgService/ListNodes`, { data: body,
		headers: { authorization: `Bearer ${given.operatorKey}`, "content-type": "application/json" } })).json()).nodes;
	const [parent] = await ask({ pageSize: 200 });
	const grids = await ask({ parentId: parent.id, pageSize: 200, withPolygons: true });
	const feature = (code, ring) => ({ type: "Feature", properties: { code }, geometry: { type: "Polygon", coordinates: [ring] } });
	const rings = grids.map(({ polygons }) => polygons[0].rings[0].points.map(({ lat, lon }) => [lon, lat]));
	const moved = rings.map((ring, i) => (i % 2 ? ring : ring.map(([lon, lat], k) => (k === 1 ? [lon + 0.0006, lat + 0.0006] : [lon, lat]))));
	const east = rings[0].map(([lon, lat]) => [lon + 0.012, lat]);
	const text = JSON.stringify({ type: "FeatureCollection", features: [...grids.map(({ code }, i) => feature(code, moved[i])), feature("NEW", east)] });
	await page.goto(`${given.url}/admin`);
	await page.locator(".tree li").nth(1).waitFor();
	await page.locator(".sheet-head .button").nth(1).click();
	await page.locator(".office select").first().selectOption(parent.id);
	await page.locator("input[type=file]").setInputFiles({ name: "grids.geojson", mimeType: "application/geo+json", buffer: Buffer.from(text) });
}

/** Each page as a whole, however long it is. */
const SCREENS = {
	stats: async (page) => page.goto(`${given.url}/stats`),
	points: async (page) => {
		await page.goto(`${given.url}/points`);
		await page.getByRole("button", { name: given.member }).first().click();
		await page.locator("#movements tbody tr").first().waitFor();
	},
	...Object.fromEntries(["org", "members", "categories", "policy", "exclusions", "accounts", "audit"].map((tab) => [`admin-${tab}`,
		(page) => page.goto(`${given.url}/admin?tab=${tab}`)])),
	"admin-grids": showImport,
	"admin-try": async (page) => {
		await page.goto(`${given.url}/admin?tab=policy`);
		await page.locator(".settings fieldset").nth(1).locator("input").nth(1).fill("2");
		await page.locator(".sticky-ends .button").first().click();
		await page.locator("dialog [role=status]").waitFor();
	},
	"admin-unit": async (page) => {
		await page.goto(`${given.url}/admin?tab=org`);
		await page.locator(".tree button").first().click();
		await page.locator(".facts + .row .button").click();
		await page.locator("dialog input").first().waitFor();
	},
};

async function shoot(kind, state, options, media = {}) {
	const { context, page } = await open(browser, { storageState: state, ...options });
	await page.emulateMedia(media);
	for (const [name, show] of Object.entries(SCREENS)) {
		// An import and a dialog are nothing to print.
		if (kind === "print" && /-(grids|try|unit)$/.test(name)) continue;
		await show(page);
		await page.locator("tbody tr, .area, .settings, .sheet p.soft").first().waitFor();
		await page.waitForTimeout(300);
		await page.screenshot({ path: `${out}/${name}-${kind}.png`, fullPage: true });
	}
	await context.close();
}

async function shootMember() {
	const { context, page } = await open(browser, { viewport: { width: 390, height: 844 } });
	await page.goto(`${given.url}/points#token=${given.token}`);
	await page.locator("tbody tr").first().waitFor();
	await page.screenshot({ path: `${out}/points-member.png`, fullPage: true });
	await context.close();
}

try {
	const state = await signedIn();
	await shoot("zh", state, {});
	await shoot("dark", state, { colorScheme: "dark" }, { colorScheme: "dark" });
	await shoot("en", state, { locale: "en-GB" });
	await shoot("phone", state, { viewport: { width: 390, height: 844 }, hasTouch: true });
	await shoot("wide", state, { viewport: { width: 2560, height: 1440 } });
	await shoot("print", state, { viewport: { width: 794, height: 1123 } }, { media: "print" });
	await shootMember();
} finally {
	await browser.close();
}
