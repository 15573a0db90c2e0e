/** The stories of the two phone pages: node phones.mjs WORLD.JSON [PART OF A NAME]. */
import { asDesk, asMember, call, check, closing, equal, layWire, openBrowser, openPhone, play, world } from "./stage.mjs";
import { ELDER, looksRight, shoot, speaksEnglish, USUAL } from "./looks.mjs";
import { cameraPhoto, CANARY } from "./photo.mjs";
import { accept, assign, orderOf, place, RICE, threePages } from "./story.mjs";
import { closedAtOnce, oldTab, openForWeeks, signedOut, twoTabs, typedInVain } from "./tabs.mjs";
import { family, handedBack, hundredsOfOrders, longHistory, pooled, sentBack, shifts } from "./turns.mjs";
import { MEMBER, RESIDENT } from "./screens.mjs";

const WHERE = "楼下超市，红色包装";
const WRITTEN = [RICE, WHERE, "代买代办", "物品已送到", "米已送到三楼", "已办好", "两袋盐", "昨天写的"];

async function declined(browser) {
	const wire = await layWire();
	const order = await place();
	await assign(order.id);
	const member = await openPhone(browser, wire, { memberId: world.member });
	await member.tap(member.button("不接"));
	await member.tap(member.button("太远了"));
	await member.page.getByText("暂时没有任务").waitFor();
	const { offers } = (await call("OrderService/GetOrder", { orderId: order.id }, asDesk)).order;
	equal(offers[0].declineReason, "DECLINE_REASON_TOO_FAR", "the reason");
}

/** The one file that is about to be sent, as text. */
function outboxFile(page) {
	return page.evaluate(() => new Promise((done, failed) => {
		const opening = indexedDB.open("paidan");
		opening.onerror = () => failed(opening.error);
		opening.onsuccess = () => {
			const all = opening.result.transaction("outbox").objectStore("outbox").getAll();
			all.onsuccess = async () => done(new TextDecoder("latin1").decode(await all.result[0].files[0].blob.arrayBuffer()));
		};
	}));
}

/** A photo comes small, and without where it was taken. */
async function photographed(browser) {
	const wire = await layWire();
	const order = await place();
	await assign(order.id);
	const member = await openPhone(browser, wire, { memberId: world.member });
	await member.button("接单").click();
	await member.page.locator(`[data-order="${order.id}"]`).getByRole("button", { name: "完成" }).click();
	const photo = await cameraPhoto(member.page);
	check(photo.includes(CANARY), "the camera says nothing");
	await member.page.locator("input[type=file]").setInputFiles({ name: "a.jpg", mimeType: "image/jpeg", buffer: photo });
	await member.page.locator("dialog .thumb img").waitFor();
	await member.context.setOffline(true);
	await member.button("提交完成").click();
	await member.page.getByText("已完成，联网后自动发送").waitFor();
	const kept = await outboxFile(member.page);
	check(kept.length > 0 && kept.length < photo.length && !kept.includes(CANARY), "what is sent says where it was taken");
	await member.context.setOffline(false);
	await member.page.getByText("暂时没有任务").waitFor();
	const { completion } = await orderOf(order.id);
	equal(completion.photos.length, 1, "photos");
	const resident = await openPhone(browser, wire, { residentId: world.resident });
	await resident.page.locator(".tabbar").getByText("我的单").click();
	const shown = resident.page.locator(`[data-order="${order.id}"] .thumb img`);
	await shown.waitFor();
	const width = await shown.evaluate((image) => image.decode().then(() => image.naturalWidth));
	equal(width, 1600, "how wide it is");
}

/** A voice memo with an order, by a microphone that beeps. */
async function spoken(browser) {
	const wire = await layWire();
	const resident = await openPhone(browser, wire, { residentId: world.resident });
	await resident.tap(resident.button("代买代办"));
	await resident.tap(resident.button("按一下，说话"));
	await resident.page.getByText(/正在录音 [1-9]/).waitFor();
	await resident.page.getByText(/正在录音/).click();
	await resident.page.locator("dialog audio").waitFor();
	const placed = resident.page.waitForResponse("**/paidan.v1.OrderService/PlaceOrder");
	await resident.button("下单").click();
	const { order } = await (await placed).json();
	equal(order.attachments[0].mediaType.slice(0, 6), "audio/", "what was sent");
	await resident.page.locator(`[data-order="${order.id}"] audio`).waitFor();
}

/** An order of each kind that the screens want. */
async function setScenes() {
	const [offered, held, done] = [await place(), await place({ description: WHERE }), await place()];
	await assign(offered.id);
	for (const { id } of [held, done]) await accept(id);
	await call("TaskService/CompleteTask", { orderId: done.id, text: "done" }, asMember);
	await call("OrgService/SetProxies", { residentId: world.residents.at(-1), proxyIds: [world.resident] }, { key: world.admin_key });
}

const LOOKS = [
	["light", { colorScheme: "light" }, USUAL],
	["dark", { colorScheme: "dark", reducedMotion: "reduce" }, USUAL],
	["elder", { colorScheme: "light", viewport: { width: 360, height: 780 } }, ELDER],
	["elder-dark", { colorScheme: "dark", viewport: { width: 360, height: 780 }, reducedMotion: "reduce" }, ELDER],
	["zoom", { colorScheme: "light", viewport: { width: 360, height: 780 } }, USUAL, "200%"],
	["english", { colorScheme: "light", locale: "en-GB", viewport: { width: 360, height: 780 } }, USUAL],
];

async function looksOf(browser, wire, look, who, screens) {
	const [name, options, sizes, zoom] = look;
	const { page } = await openPhone(browser, wire, who, options);
	if (zoom !== undefined) await page.evaluate((size) => (document.documentElement.style.fontSize = size), zoom);
	if (sizes === ELDER) {
		await page.evaluate(() => localStorage.setItem("paidan.elder", "yes"));
		await page.reload();
		await page.locator(".tabbar").waitFor();
	}
	for (const [title, come] of screens) {
		const screen = `${who.memberId ? "m" : "r"}-${title}-${name}`;
		await come(page).catch((error) => Promise.reject(new Error(`${screen}: ${error.message}`)));
		await shoot(page, screen);
		await looksRight(page, screen, sizes);
		if (name === "english" && who.residentId) await speaksEnglish(page, screen, WRITTEN);
	}
}

async function looks(browser, look) {
	const wire = await layWire();
	await Promise.all([
		looksOf(browser, wire, look, { residentId: world.resident }, RESIDENT),
		looksOf(browser, wire, look, { memberId: world.member }, MEMBER),
	]);
}

const browser = await openBrowser();
await play("one order on three pages", () => threePages(browser));
await play("an offer is declined", () => declined(browser));
await play("a photo", () => photographed(browser));
await play("a voice memo", () => spoken(browser));
await play("the session ends", () => signedOut(browser));
await play("the session ends while somebody orders", () => typedInVain(browser));
await play("a sheet is closed at once", () => closedAtOnce(browser));
await play("two tabs", () => twoTabs(browser, true));
await play("two tabs without locks", () => twoTabs(browser, false));
await play("a tab of yesterday", () => oldTab(browser));
await play("open for weeks", () => openForWeeks(browser));
await play("for family", () => family(browser));
await play("shifts", () => shifts(browser));
await play("the pool", () => pooled(browser));
await play("handed back", () => handedBack(browser));
await play("not solved", () => sentBack(browser));
await setScenes();
for (const look of LOOKS) await play(`looks: ${look[0]}`, () => looks(browser, look));
await play("a long history", () => longHistory(browser));
await play("hundreds of orders", () => hundredsOfOrders(browser));
await browser.close();
process.exit(closing());
