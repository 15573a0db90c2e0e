/** Every screen of the two pages, one after the other: [name, how to come there from the one before]. */

const tab = (page, n) => page.locator(".tabbar > *").nth(n).click();
const close = (page) => page.locator("dialog .button").filter({ hasText: /^(取消|Cancel|不撤销|Keep it)$/ }).click();

export const RESIDENT = [
	["ask", (page) => tab(page, 0)],
	["form", (page) => page.locator(".tile").first().click()],
	["form-elsewhere", (page) => page.locator("dialog .choice").nth(1).click()],
	["form-family", async (page) => {
		await page.locator("dialog .choice").first().click();
		await page.locator("dialog .chip").nth(1).click();
	}],
	["danger", async (page) => {
		await close(page);
		await page.locator(".tile.danger").click();
	}],
	["orders", async (page) => {
		await close(page);
		await tab(page, 1);
		await page.locator("[data-order]").first().waitFor();
	}],
	["coming", (page) => page.locator(".coming").last().scrollIntoViewIfNeeded()],
	["cancel", (page) => page.getByRole("button", { name: /^(撤销|Cancel)$/ }).first().click()],
	["rate", async (page) => {
		await close(page);
		await page.getByRole("button", { name: /^(评价|Rate)$/ }).first().click();
		await page.locator(".star").nth(3).click();
	}],
	["rated", (page) => page.keyboard.press("Escape")],
];

export const MEMBER = [
	["work", async (page) => {
		await tab(page, 0);
		await page.locator(".card").nth(1).waitFor();
	}],
	["decline", (page) => page.getByRole("button", { name: /^(不接|Decline)$/ }).first().click()],
	["finish", async (page) => {
		await close(page);
		await page.getByRole("button", { name: /^(完成|Complete)$/ }).first().click();
		await page.locator("dialog .chip").first().click();
	}],
	["hand-back", async (page) => {
		await close(page);
		await page.getByRole("button", { name: /^(退回|Hand back)$/ }).first().click();
	}],
	["pool", async (page) => {
		await close(page);
		await tab(page, 1);
		await page.locator("main > *").first().waitFor();
	}],
	["points", async (page) => {
		await tab(page, 2);
		await page.locator("[data-points]").waitFor();
	}],
	["me", async (page) => {
		await tab(page, 3);
		await page.locator(".figures").waitFor();
	}],
	["shifts", (page) => page.getByRole("button", { name: /^(修改|Change)$/ }).click()],
	["shifts-more", (page) => page.getByRole("button", { name: /^(加一段时间|Add hours)$/ }).click()],
	["pause", async (page) => {
		await close(page);
		await page.getByRole("button", { name: /^(选时间|Choose)$/ }).click();
	}],
	["me-end", async (page) => {
		await close(page);
		await page.locator("main > *").last().scrollIntoViewIfNeeded();
	}],
];
