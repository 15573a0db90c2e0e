/** The tenant's units, categories and members, and what they are called. */
import { computed, signal } from "@preact/signals";
import type { CategoryJson, MemberJson, NodeJson } from "~api";
import { language } from "./i18n";
import { pages } from "./rpc";

const PAGE = 200;

export const categories = signal(new Map<string, CategoryJson>());
/** A unit comes after the one that it belongs to. */
export const nodes = signal(new Map<string, NodeJson>());
export const members = signal(new Map<string, MemberJson>());

/** The unit of whoever looks, which is in no list of those below it; "" for who has several. */
export const rootId = computed(() => {
	const above = new Set(
		[...nodes.value.values()].map((node) => node.parentId ?? "").filter((id) => !nodes.value.has(id)),
	);
	return above.size === 1 ? [...above][0]! : "";
});

export async function loadNames(): Promise<void> {
	const found = new Map<string, CategoryJson>();
	for await (const page of pages("OrgService/ListCategories", { pageSize: PAGE }))
		for (const one of page.categories ?? []) found.set(one.id!, one);
	categories.value = found;
	const tree = new Map<string, NodeJson>();
	const below = async (parentId: string): Promise<void> => {
		const children: NodeJson[] = [];
		for await (const page of pages("OrgService/ListNodes", { parentId, pageSize: PAGE, withPolygons: true }))
			children.push(...(page.nodes ?? []));
		for (const node of children) tree.set(node.id!, node);
		await Promise.all(children.filter((node) => node.kind !== "NODE_KIND_GRID").map((node) => below(node.id!)));
	};
	await below("");
	nodes.value = tree;
}

export async function loadMembers(): Promise<void> {
	const found = new Map<string, MemberJson>();
	for await (const page of pages("MemberService/ListMembers", { pageSize: PAGE }))
		for (const one of page.members ?? []) found.set(one.id!, one);
	members.value = found;
}

export function nodeName(id: string | undefined): string {
	return (id && nodes.value.get(id)?.name) || id || "";
}

export function memberName(id: string | undefined): string {
	return (id && members.value.get(id)?.name) || id || "";
}

/** In the reader's language, as far as it has such a name. */
export function categoryName(id: string | undefined): string {
	const category = categories.value.get(id ?? "");
	return (language.value === "en" && category?.nameEn) || category?.nameZh || "";
}
