/** One order on three pages of one broker: the resident's phone, the desk, the member's phone; and the steps of it. */
import { asDesk, asMember, asResident, call, check, equal, layWire, openDesk, openPhone, world } from "./stage.mjs";

export const RICE = "帮我买一袋米";

/** The desk gives an order to the member. */
export async function assign(orderId, memberId = world.member) {
	await call("DeskService/AssignOrder", { orderId, memberId, reason: "演示" }, asDesk);
}

export async function accept(orderId) {
	await assign(orderId);
	await call("TaskService/AcceptOffer", { orderId }, asMember);
}

export async function place(more = {}) {
	const order = { categoryId: world.categories.errand, title: RICE, ...more };
	return (await call("OrderService/PlaceOrder", order, asResident)).order;
}

export const orderOf = async (orderId) => (await call("OrderService/GetOrder", { orderId }, asResident)).order;

const points = async () => Number((await call("PointsService/GetAccount", {}, asMember)).account?.available ?? 0);

/** By the keyboard, as at every desk. */
async function dispatch(desk, orderId) {
	await desk.locator(`#row-${orderId}`).click();
	await desk.keyboard.press("d");
	await desk.locator("dialog").getByRole("combobox").fill(world.member);
	await desk.locator(`#to-${world.member}`).waitFor();
	await desk.keyboard.press("Enter");
	await desk.getByText("已派给").waitFor();
}

/** Without a network: the task can be read, is completed, and waits, whatever becomes of the page. */
async function completeOffline(member, air, task) {
	await member.page.waitForFunction(() => navigator.serviceWorker.controller !== null);
	air.cut();
	await member.context.setOffline(true);
	await member.page.reload();
	await task.getByRole("link", { name: "导航" }).waitFor();
	await member.page.getByText(/^没有网络，显示的是/).waitFor();
	await member.tap(task.getByRole("button", { name: "完成" }));
	await member.tap(member.button("物品已送到"));
	await member.tap(member.button("提交完成"));
	await task.getByText("已完成，联网后自动发送").waitFor();
	const doneMs = Date.now();
	await member.page.reload();
	await task.getByText("已完成，联网后自动发送").waitFor();
	return doneMs;
}

/** The first answer is lost: what arrived goes again, and counts once. */
async function backOnline(member, air, orderId) {
	let tries = 0;
	await member.page.route("**/paidan.v1.TaskService/CompleteTask", async (route) => {
		if (tries++ > 0) return route.continue();
		await call("TaskService/CompleteTask", route.request().postDataJSON(), asMember);
		await route.abort();
	});
	const arrived = member.page.waitForResponse("**/paidan.v1.TaskService/CompleteTask");
	air.mend();
	await member.context.setOffline(false);
	await member.page.locator(`[data-order="${orderId}"]`).waitFor({ state: "detached" });
	equal((await arrived).status(), 200, "the second try");
	equal(tries, 2, "tries");
	const completed = (await orderOf(orderId)).timeline.filter(({ kind }) => kind === "EVENT_KIND_COMPLETED");
	equal(completed.length, 1, "completions");
	return Number(completed[0].deviceMs);
}

export async function threePages(browser) {
	const [wire, air] = [await layWire(), await layWire()];
	await call("TaskService/SetShifts", {}, asMember);
	const desk = await openDesk(browser, wire);
	const resident = await openPhone(browser, wire, { residentId: world.resident });
	const member = await openPhone(browser, air, { memberId: world.member });
	for (const page of [desk, resident.page]) await page.evaluate(() => (globalThis.isStill = true));
	const before = await points();

	await resident.tap(resident.button("代买代办"));
	await resident.tap(resident.button("下单"));
	const mine = resident.page.locator("[data-order]").first();
	await mine.waitFor();
	const orderId = await mine.getAttribute("data-order");

	await dispatch(desk, orderId);
	await member.tap(member.button("接单"));
	const task = member.page.locator(`[data-order="${orderId}"]`);
	await task.getByRole("link", { name: "导航" }).waitFor();
	equal((await task.getByRole("link", { name: /打电话/ }).getAttribute("href")).slice(0, 4), "tel:", "the call link");
	await resident.page.getByText("有人接单了").waitFor();
	await mine.getByText(`工号 ${world.member}`).waitFor();
	equal((await mine.getByRole("link", { name: "问社区" }).getAttribute("href")).slice(0, 8), "tel:1540", "the desk's number");
	await desk.locator(`#row-${orderId}`).click();
	await desk.locator("#detail").getByText("已接单").first().waitFor();

	const doneMs = await completeOffline(member, air, task);
	const deviceMs = await backOnline(member, air, orderId);
	await desk.locator("#detail").getByText("待评价").first().waitFor();
	check(Math.abs(deviceMs - doneMs) < 5000, `completed at ${deviceMs} by the phone, ${doneMs} by us`);

	await mine.getByRole("button", { name: "评价" }).click();
	await resident.page.getByRole("button", { name: /^5 星/ }).click();
	await resident.button("解决了").click();
	await mine.getByText("已办结").waitFor();
	await member.page.locator(".tabbar").getByText("积分").click();
	const shown = member.page.locator("[data-points]");
	await shown.waitFor();
	const after = await points();
	equal(await shown.textContent(), String(after), "points on the page");
	check(after > before, `${before} points became ${after}`);
	for (const page of [desk, resident.page])
		check(await page.evaluate(() => globalThis.isStill === true), "a page was loaded again");
	console.log(`# taps: resident ${resident.taps} of 3, member ${member.taps} of 4`);
	check(resident.taps <= 3, `a resident needs ${resident.taps} taps`);
	check(member.taps <= 4, `a member needs ${member.taps} taps`);
}
