/** What a queue is narrowed down to beyond the unit: categories, urgencies, words. */
import { computed, signal } from "@preact/signals";
import type { OrderJson } from "~api";
import { categories, memberName, nodeName } from "~/lib/town";
import { buildingName } from "./caller";
import { finds, type Names } from "./search";
import { urgencyOf } from "./views";

export interface Filter {
	categoryIds: string[];
	/** "DANGER", … */
	urgencies: string[];
	text: string;
}

export const NO_FILTER: Filter = { categoryIds: [], urgencies: [], text: "" };
export const filter = signal<Filter>(NO_FILTER);

export const isFiltered = computed(
	() => filter.value.categoryIds.length + filter.value.urgencies.length > 0 || filter.value.text.trim() !== "",
);

export const NAMES: Names = {
	category: (id) => `${categories.peek().get(id)?.nameZh ?? ""} ${categories.peek().get(id)?.nameEn ?? ""}`,
	grid: nodeName,
	member: memberName,
	building: buildingName,
};

/** The same order is asked about again and again. */
let known = new WeakMap<OrderJson, boolean>();
let knownFor = "";

function hasText(order: OrderJson, text: string): boolean {
	if (knownFor !== text) {
		known = new WeakMap();
		knownFor = text;
	}
	let is = known.get(order);
	if (is === undefined) {
		is = finds(order, text, NAMES);
		known.set(order, is);
	}
	return is;
}

export function passes(order: OrderJson, { categoryIds, urgencies, text }: Filter): boolean {
	if (categoryIds.length > 0 && !categoryIds.includes(order.categoryId ?? "")) return false;
	if (urgencies.length > 0 && !urgencies.includes(urgencyOf(order))) return false;
	return text.trim() === "" || hasText(order, text.trim());
}

const list = (at: URLSearchParams, name: string) => (at.get(name) ?? "").split(",").filter(Boolean);

export function readFilter(at: URLSearchParams): void {
	filter.value = { categoryIds: list(at, "cat"), urgencies: list(at, "urg"), text: at.get("text") ?? "" };
}

export function writeFilter(at: URLSearchParams): void {
	const { categoryIds, urgencies, text } = filter.value;
	if (categoryIds.length > 0) at.set("cat", categoryIds.join());
	if (urgencies.length > 0) at.set("urg", urgencies.join());
	if (text.trim()) at.set("text", text.trim());
}
