/** What the statistics are about, kept in the address, and the figures that were read for it. */
import { computed, effect, signal } from "@preact/signals";
import type { BoardCountJson, GetRatesResponseJson, RateGroupJson, RateRowJson } from "~api";
import { before, dayMs, dayOf, offsetMin, type Range, RANGES, rangeOf } from "~/lib/days";
import { call } from "~/lib/rpc";
import { loadMembers, loadNames, members } from "~/lib/town";
import { toastError } from "~/ui/toast";

export const GROUPS = ["GRID", "COMMUNITY", "CATEGORY", "MEMBER", "DAY"] as const;
export type Group = (typeof GROUPS)[number];

const DAY = /^\d{4}-\d\d-\d\d$/;

export const range = signal<Range>({ from: "", until: "" });
export const unit = signal("");
export const group = signal<Group>("GRID");

export interface Figures {
	total: RateRowJson;
	before: RateRowJson;
	days: RateRowJson[];
	grids: RateRowJson[];
	categories: RateRowJson[];
	board: BoardCountJson[];
	atMs: number;
}

export const figures = signal<Figures | undefined>(undefined);
/** The table's own, where it is of something else than what `figures` has. */
const others = signal<{ of: string; rows: RateRowJson[] }>({ of: "", rows: [] });

export function isRange({ from, until }: Range): boolean {
	return DAY.test(from) && DAY.test(until) && dayMs(from) <= dayMs(until);
}

export const rangeName = computed(() => {
	const today = dayOf(Date.now());
	return RANGES.find((name) => {
		const { from, until } = rangeOf(name, today);
		return from === range.value.from && until === range.value.until;
	});
});

function rates(by: Group | "UNSPECIFIED", { from, until }: Range): Promise<GetRatesResponseJson> {
	return call("StatsService/GetRates", {
		nodeId: unit.peek(),
		fromMs: String(dayMs(from)),
		untilMs: String(dayMs(until)),
		groupBy: `RATE_GROUP_${by}` as RateGroupJson,
		withTimes: true,
	});
}

/** What was asked for last counts, whichever answer comes last. */
let asked = 0;

async function read(): Promise<void> {
	const now = ++asked;
	const [days, grids, categories, last, board] = await Promise.all([
		rates("DAY", range.peek()),
		rates("GRID", range.peek()),
		rates("CATEGORY", range.peek()),
		rates("UNSPECIFIED", before(range.peek())),
		call("DeskService/GetBoardCounts", { nodeId: unit.peek() }),
	]);
	if (now !== asked) return;
	figures.value = {
		total: days.total ?? {},
		before: last.total ?? {},
		days: days.rows ?? [],
		grids: grids.rows ?? [],
		categories: categories.rows ?? [],
		board: board.counts ?? [],
		atMs: Date.now(),
	};
}

const otherKey = computed(() => `${group.value} ${unit.value} ${range.value.from} ${range.value.until}`);

async function readOthers(): Promise<void> {
	const of = otherKey.peek();
	if (group.peek() === "MEMBER" && members.peek().size === 0) await loadMembers();
	const rows = (await rates(group.peek(), range.peek())).rows ?? [];
	if (of === otherKey.peek()) others.value = { of, rows };
}

/** Of the table; undefined while they are read. */
export const rows = computed<RateRowJson[] | undefined>(() => {
	switch (group.value) {
		case "DAY":
			return figures.value?.days;
		case "GRID":
			return figures.value?.grids;
		case "CATEGORY":
			return figures.value?.categories;
		case "COMMUNITY":
		case "MEMBER":
			return others.value.of === otherKey.value ? others.value.rows : undefined;
	}
});

function readAddress(): void {
	const at = new URLSearchParams(location.search);
	const wanted = { from: at.get("from") ?? "", until: at.get("until") ?? "" };
	range.value = isRange(wanted) ? wanted : rangeOf("thirty", dayOf(Date.now()));
	unit.value = at.get("unit") ?? "";
	group.value = GROUPS.find((name) => name === at.get("by")?.toUpperCase()) ?? "GRID";
}

function keepAddress(): void {
	effect(() => {
		const at = new URLSearchParams();
		if (rangeName.value !== "thirty") {
			at.set("from", range.value.from);
			at.set("until", range.value.until);
		}
		if (unit.value) at.set("unit", unit.value);
		if (group.value !== "GRID") at.set("by", group.value.toLowerCase());
		const search = at.toString();
		const next = `/stats${search ? `?${search}` : ""}`;
		if (next !== location.pathname + location.search) history.replaceState(null, "", next);
	});
	addEventListener("popstate", readAddress);
}

export async function start(): Promise<void> {
	const { policy } = await call("OrgService/GetPolicy", {});
	offsetMin.value = policy?.utcOffsetMin ?? 0;
	readAddress();
	keepAddress();
	void loadNames().catch(toastError);
	effect(() => {
		void [range.value, unit.value];
		void read().catch(toastError);
	});
	effect(() => {
		void otherKey.value;
		if (group.value === "COMMUNITY" || group.value === "MEMBER") void readOthers().catch(toastError);
	});
}
