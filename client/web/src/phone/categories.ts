/** What can be asked for, as both pages name it. Kept for a time without network. */
import { computed, signal } from "@preact/signals";
import { language } from "~/lib/i18n";
import { pages } from "~/lib/rpc";
import type { CategoryJson, OrderJson } from "~api";
import { keep } from "./keep";

const PAGE_SIZE = 200;

export const categories = signal<CategoryJson[]>([]);
const byId = computed(() => new Map(categories.value.map((category) => [category.id, category])));

export const categoryOf = (order: OrderJson) => byId.value.get(order.categoryId);

export function categoryName(category: CategoryJson | undefined): string {
	return (language.value === "zh" ? category?.nameZh : category?.nameEn || category?.nameZh) ?? "";
}

/** What an order is called: its own words, or its category's. */
export const orderTitle = (order: OrderJson) => order.title || categoryName(categoryOf(order));

export async function recallCategories() {
	categories.value = (await keep.get<CategoryJson[]>("categories")) ?? [];
}

export async function loadCategories() {
	const found: CategoryJson[] = [];
	for await (const page of pages("OrgService/ListCategories", { pageSize: PAGE_SIZE }))
		found.push(...(page.categories ?? []));
	categories.value = found;
	await keep.put("categories", found);
}
