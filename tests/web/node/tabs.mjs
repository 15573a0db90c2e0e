/** Phones as people leave them: sessions that end meanwhile, two tabs at once, a tab of yesterday, one that is open for weeks. */
import { growth, ownStream } from "../weeks.mjs";
import { asResident, call, check, equal, layWire, openPhone, world } from "./stage.mjs";
import { accept, orderOf, place } from "./story.mjs";
import { cameraPhoto } from "./photo.mjs";

/** A form shows what was typed into it before, a moment after it is opened. */
const typed = (page, text) => page.waitForFunction((wanted) => document.querySelector("dialog textarea")?.value === wanted, text);

/** The session ends while somebody types; the next link brings them back to it. */
export async function signedOut(browser) {
	const wire = await layWire();
	const order = await place();
	await accept(order.id);
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
	await typed(member.page, "米已送到三楼");
	await member.button("提交完成").click();
	await task.waitFor({ state: "detached" });
}

/** The same for an order that is being placed: words, a photo and for what. */
export async function typedInVain(browser) {
	const wire = await layWire();
	const order = await place();
	const resident = await openPhone(browser, wire, { residentId: world.resident });
	const { page } = resident;
	await resident.button("代买代办").click();
	await page.getByLabel("要说明什么？").fill("两袋盐");
	await page.locator("input[type=file]").setInputFiles({ name: "a.jpg", mimeType: "image/jpeg", buffer: await cameraPhoto(page) });
	await page.locator("dialog .thumb img").waitFor();
	await resident.context.clearCookies();
	await call("OrderService/ChaseOrder", { orderId: order.id }, asResident);
	await page.getByText("请重新打开链接").waitFor();
	await resident.followLink();
	await resident.button("代买代办").click();
	await page.locator("dialog .thumb img").waitFor();
	await typed(page, "两袋盐");
	const placed = page.waitForResponse("**/paidan.v1.OrderService/PlaceOrder");
	await resident.button("下单").click();
	const made = (await (await placed).json()).order;
	equal(made.attachments.length, 1, "photos");
	equal(made.description, "两袋盐", "the description");
	// What was sent is no draft any more.
	await page.locator(".tabbar").getByText("我要帮忙").click();
	await resident.button("代买代办").click();
	equal(await page.getByLabel("要说明什么？").inputValue(), "", "the next order");
	equal(await page.locator("dialog .thumb").count(), 0, "the next order's photos");
}

/** A sheet that is closed before what was kept of it has been read: what was typed till then is kept all the same. */
export async function closedAtOnce(browser) {
	const order = await place();
	await accept(order.id);
	const { page } = await openPhone(browser, await layWire(), { memberId: world.member });
	const finish = page.locator(`[data-order="${order.id}"]`).getByRole("button", { name: "完成" });
	await finish.waitFor();
	// Whoever wants to read drafts waits for the one who writes.
	await page.evaluate(
		() =>
			new Promise((done) => {
				indexedDB.open("paidan").onsuccess = ({ target }) => {
					const drafts = target.result.transaction("draft", "readwrite").objectStore("draft");
					const hold = () => {
						if (!window.isLetGo) drafts.count().onsuccess = hold;
					};
					hold();
					done();
				};
			}),
	);
	await finish.click();
	await page.getByLabel("说明").fill("门口没人");
	await page.keyboard.press("Escape");
	await page.locator("dialog").waitFor({ state: "detached" });
	await page.evaluate(() => void (window.isLetGo = true));
	await finish.click();
	await typed(page, "门口没人");
}

/** A task that is completed in one of two tabs without a network: both show it, one sends it. */
export async function twoTabs(browser, hasLocks) {
	const wire = await layWire();
	const order = await place();
	await accept(order.id);
	const member = await openPhone(browser, wire, { memberId: world.member }, { hasLocks });
	const tabs = [member.page, await member.context.newPage()];
	await tabs[1].goto(`${wire.origin}/m`);
	const tasks = tabs.map((page) => page.locator(`[data-order="${order.id}"]`));
	for (const task of tasks) await task.getByRole("button", { name: "完成" }).waitFor();
	const answers = { StartTask: 0, CompleteTask: 0 };
	member.context.on("response", (said) => {
		const method = said.url().split("/").pop();
		if (method in answers) answers[method]++;
	});
	await member.context.setOffline(true);
	await tasks[0].getByRole("button", { name: "开始服务" }).click();
	await tasks[1].getByText(/开始$/).waitFor();
	await tasks[0].getByRole("button", { name: "完成" }).click();
	await member.button("已办好").click();
	await member.button("提交完成").click();
	for (const task of tasks) await task.getByText("已完成，联网后自动发送").waitFor();
	await member.context.setOffline(false);
	for (const task of tasks) await task.waitFor({ state: "detached" });
	equal(JSON.stringify(answers), JSON.stringify({ StartTask: 1, CompleteTask: 1 }), "what was sent");
	const kinds = (await orderOf(order.id)).timeline.map(({ kind }) => kind);
	for (const kind of ["EVENT_KIND_STARTED", "EVENT_KIND_COMPLETED"])
		equal(kinds.filter((one) => one === kind).length, 1, kind);
}

/** A tab that was left open: a day later its session has ended, and there is a newer page. Nothing that was typed is lost. */
export async function oldTab(browser) {
	const wire = await layWire();
	const resident = await openPhone(browser, wire, { residentId: world.resident }, { hasClock: true });
	const { page } = resident;
	await resident.button("代买代办").click();
	await page.getByLabel("要说明什么？").fill("昨天写的");
	await page.evaluate(() => (globalThis.isOld = true));
	const asked = [];
	await page.route("**/r", async (route) => {
		if (route.request().resourceType() !== "fetch") return route.continue();
		asked.push(1);
		await route.fulfill({ contentType: "text/html", body: '<script type="module" src="/assets/r-NEWER.js"></script>' });
	});
	await resident.context.clearCookies();
	await page.clock.fastForward("24:00:00");
	await page.getByText("请重新打开链接").waitFor();
	await page.waitForFunction(() => globalThis.isOld === undefined);
	check(asked.length > 0, "nobody asked for a newer page");
	await resident.followLink();
	await resident.button("代买代办").click();
	await typed(page, "昨天写的");
}

/** Something happens to somebody's orders, again and again, and they look around: the page keeps no more than it shows. */
async function lives(browser, wire, who, method) {
	const { page } = await openPhone(browser, wire, who, { prepare: (on) => ownStream(on, `/${method}`) });
	const tabs = page.locator(".tabbar button");
	const n = await tabs.count();
	const grown = await growth(page, 4, 12, async (round) => {
		const read = page.waitForResponse(/ListTasks|ListOrders/);
		await page.evaluate(() => globalThis.tell(Array.from({ length: 50 }, () => ({ order: {} }))));
		await read;
		await tabs.nth(round % n).click();
	});
	check(grown.bytes < 400_000 && grown.nodes < 600, `${method}: grew by ${grown.bytes} bytes and ${grown.nodes} nodes`);
}

export async function openForWeeks(browser) {
	const wire = await layWire();
	await accept((await place()).id);
	await lives(browser, wire, { memberId: world.member }, "WatchOffers");
	await lives(browser, wire, { residentId: world.resident }, "WatchOrders");
}
