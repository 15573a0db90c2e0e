/** The stories of the two phone pages: node phones.mjs WORLD.JSON [PART OF A NAME]. */
import { asDesk, asMember, asResident, call, check, closing, equal, layWire, openBrowser, openPhone, play, world } from "./stage.mjs";
import { ELDER, looksRight, shoot, speaksEnglish, USUAL } from "./looks.mjs";
import { cameraPhoto, CANARY } from "./photo.mjs";
import { MEMBER, RESIDENT } from "./screens.mjs";

const ERRAND = world.categories.errand;
const RICE = "帮我买一袋米";
const WHERE = "楼下超市，红色包装";
const WRITTEN = [RICE, WHERE, "代买代办", "物品已送到", "米已送到三楼"];

/** The desk gives an order to the member. */
async function assign(orderId, memberId = world.member) {
	await call("DeskService/AssignOrder", { orderId, memberId, reason: "演示" }, asDesk);
}

async function place(more = {}) {
	return (await call("OrderService/PlaceOrder", { categoryId: ERRAND, title: RICE, ...more }, asResident)).order;
}

const orderOf = async (orderId) => (await call("OrderService/GetOrder", { orderId }, asResident)).order;

/** The whole way of an order, on two phones, with the member's network gone at the end. */
async function wholeStory(browser) {
	const wire = await layWire();
	const resident = await openPhone(browser, wire, { residentId: world.resident });
	const member = await openPhone(browser, wire, { memberId: world.member });
	const before = await call("PointsService/GetAccount", {}, asMember);

	await resident.tap(resident.button("代买代办"));
	await resident.tap(resident.button("下单"));
	const mine = resident.page.locator("[data-order]").first();
	await mine.waitFor();
	check(resident.taps <= 3, `a resident needs ${resident.taps} taps`);
	const orderId = await mine.getAttribute("data-order");

	await assign(orderId);
	await member.tap(member.button("接单"));
	const task = member.page.locator(`[data-order="${orderId}"]`);
	await task.getByRole("link", { name: "导航" }).waitFor();
	await resident.page.getByText("有人接单了").waitFor();
	equal((await task.getByRole("link", { name: /打电话/ }).getAttribute("href")).slice(0, 4), "tel:", "the call link");

	await member.page.waitForFunction(() => navigator.serviceWorker.controller !== null);
	wire.cut();
	await member.context.setOffline(true);
	await member.page.reload();
	await task.getByRole("link", { name: "导航" }).waitFor();
	await member.page.getByText(/^没有网络，显示的是/).waitFor();
	await member.tap(task.getByRole("button", { name: "完成" }));
	await member.tap(member.button("物品已送到"));
	await member.tap(member.button("提交完成"));
	check(member.taps <= 4, `a member needs ${member.taps} taps`);
	await task.getByText("已完成，联网后自动发送").waitFor();
	const doneMs = Date.now();
	await member.page.reload();
	await task.getByText("已完成，联网后自动发送").waitFor();

	// The first answer is lost: it arrived all the same, and goes again.
	let lost = 0;
	await member.page.route("**/paidan.v1.TaskService/CompleteTask", async (route) => {
		if (lost++ > 0) return route.continue();
		await call("TaskService/CompleteTask", route.request().postDataJSON(), asMember);
		await route.abort();
	});
	const arrived = member.page.waitForResponse("**/paidan.v1.TaskService/CompleteTask");
	wire.mend();
	await member.context.setOffline(false);
	await member.page.getByText("暂时没有任务").waitFor();
	equal((await arrived).status(), 200, "the second try");
	equal(lost, 2, "tries");
	const order = await orderOf(orderId);
	equal(order.timeline.filter((entry) => entry.kind === "EVENT_KIND_COMPLETED").length, 1, "completions");
	const { deviceMs } = order.timeline.find((entry) => entry.kind === "EVENT_KIND_COMPLETED");
	check(Math.abs(Number(deviceMs) - doneMs) < 5000, `completed at ${deviceMs} by the phone, ${doneMs} by us`);

	await resident.page.locator(`[data-order="${orderId}"]`).getByRole("button", { name: "评价" }).click();
	await resident.page.getByRole("button", { name: /^5 星/ }).click();
	await resident.button("解决了").click();
	await resident.page.getByText("已办结").waitFor();
	await member.page.locator(".tabbar").getByText("积分").click();
	const points = member.page.locator("[data-points]");
	await points.waitFor();
	const account = (await call("PointsService/GetAccount", {}, asMember)).account;
	equal(await points.textContent(), account.available, "points on the page");
	check(Number(account.available) > Number(before.account?.available ?? 0), "the points did not change");
}

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
	const order = await place({});
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

/** The session ends while somebody types; the next link brings them back to it. */
async function signedOut(browser) {
	const wire = await layWire();
	const order = await place();
	await assign(order.id);
	await call("TaskService/AcceptOffer", { orderId: order.id }, asMember);
	const member = await openPhone(browser, wire, { memberId: world.member });
	const task = member.page.locator(`[data-order="${order.id}"]`);
	await task.getByRole("button", { name: "完成" }).click();
	await member.page.getByLabel("说明").fill("米已送到三楼");
	await member.context.clearCookies();
	await call("OrderService/ChaseOrder", { orderId: order.id }, asResident);
	await member.page.getByText("请重新打开链接").waitFor();
	check((await member.page.content()).includes(order.id) === false, "what is shown to nobody");
	await member.followLink();
	await task.getByRole("button", { name: "完成" }).click();
	equal(await member.page.getByLabel("说明").inputValue(), "米已送到三楼", "what was typed");
	await member.button("提交完成").click();
	await task.waitFor({ state: "detached" });
}

/** An order of each kind that the screens want. */
async function setScenes() {
	const [offered, held, done] = [await place(), await place({ description: WHERE }), await place()];
	await assign(offered.id);
	for (const { id } of [held, done]) {
		await assign(id);
		await call("TaskService/AcceptOffer", { orderId: id }, asMember);
	}
	await call("TaskService/CompleteTask", { orderId: done.id, text: "done" }, asMember);
}

const LOOKS = [
	["light", { colorScheme: "light" }, USUAL],
	["dark", { colorScheme: "dark", reducedMotion: "reduce" }, USUAL],
	["elder", { colorScheme: "light", viewport: { width: 360, height: 780 } }, ELDER],
	["english", { colorScheme: "light", locale: "en-GB", viewport: { width: 360, height: 780 } }, USUAL],
];

async function looksOf(browser, wire, look, who, screens) {
	const [name, options, sizes] = look;
	const { page } = await openPhone(browser, wire, who, options);
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
await play("the whole story", () => wholeStory(browser));
await play("an offer is declined", () => declined(browser));
await play("a photo", () => photographed(browser));
await play("a voice memo", () => spoken(browser));
await play("the session ends", () => signedOut(browser));
await setScenes();
for (const look of LOOKS) await play(`looks: ${look[0]}`, () => looks(browser, look));
await browser.close();
process.exit(closing());
