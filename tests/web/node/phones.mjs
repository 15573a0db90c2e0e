/** The stories of the two phone pages: node phones.mjs WORLD.JSON [PART OF A NAME]. */
import { asDesk, asMember, asResident, call, check, closing, equal, layWire, openBrowser, openPhone, play, world } from "./stage.mjs";

const ERRAND = world.categories.errand;

/** The desk gives an order to the member. */
async function assign(orderId, memberId = world.member) {
	await call("DeskService/AssignOrder", { orderId, memberId, reason: "演示" }, asDesk);
}

async function place(more = {}) {
	return (await call("OrderService/PlaceOrder", { categoryId: ERRAND, title: "帮我买一袋米", ...more }, asResident)).order;
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

const browser = await openBrowser();
await play("the whole story", () => wholeStory(browser));
await play("an offer is declined", () => declined(browser));
await browser.close();
process.exit(closing());
