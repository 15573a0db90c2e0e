/**
 * Figures that add up. A place is a grid, the grids that are told together in some week, or all of it; what is told of
 * its weeks is summed, and shares are worked out of the sums. A place is `isPartly` there when some of its weeks are told
 * together with others'.
 */
import type { GetFiguresResponseJson, OpenAreaJson, OpenFiguresJson } from "~api";

export const MEASURES = ["placed", "answered", "inTime", "solved", "satisfied"] as const;
export type Measure = (typeof MEASURES)[number];

export interface Sums {
	placed: number;
	closed: number;
	answered: number;
	inTime: number;
	solved: number;
	satisfied: number;
	basically: number;
	dissatisfied: number;
}

export interface Place extends Sums {
	id: string;
	name: string;
	community: string;
	isPartly: boolean;
}

const NONE: Sums = {
	placed: 0,
	closed: 0,
	answered: 0,
	inTime: 0,
	solved: 0,
	satisfied: 0,
	basically: 0,
	dissatisfied: 0,
};

export function sumsOf(row: OpenFiguresJson | undefined): Sums {
	return {
		placed: Number(row?.placed ?? 0),
		closed: Number(row?.closed ?? 0),
		answered: Number(row?.answered ?? 0),
		inTime: Number(row?.inTime ?? 0),
		solved: Number(row?.solved ?? 0),
		satisfied: Number(row?.satisfied ?? 0),
		basically: Number(row?.basicallySatisfied ?? 0),
		dissatisfied: Number(row?.dissatisfied ?? 0),
	};
}

export function add(a: Sums, b: Sums): Sums {
	const sum = { ...NONE };
	for (const key of Object.keys(NONE) as (keyof Sums)[]) sum[key] = a[key] + b[key];
	return sum;
}

/** Of those closed, from 0 to 1; undefined without any. Of `placed` the number itself. */
export function figureOf(sums: Sums, measure: Measure): number | undefined {
	if (measure === "placed") return sums.placed;
	if (sums.closed === 0) return undefined;
	const part = measure === "satisfied" ? sums.satisfied + 0.9 * sums.basically : sums[measure];
	return part / sums.closed;
}

/** The grids in the order of the areas, those told together last, if any. */
export function places(said: GetFiguresResponseJson, areas: OpenAreaJson[], othersName: string): Place[] {
	const weeks = new Set((said.grids ?? []).map((row) => row.fromMs)).size;
	const found = new Map<string, { sums: Sums; weeks: number }>();
	for (const row of said.grids ?? []) {
		const id = row.others ? "" : (row.gridId ?? "");
		const old = found.get(id) ?? { sums: NONE, weeks: 0 };
		found.set(id, { sums: add(old.sums, sumsOf(row)), weeks: old.weeks + 1 });
	}
	const rows = areas.map((area): Place => {
		const own = found.get(area.gridId ?? "") ?? { sums: NONE, weeks: 0 };
		return {
			...own.sums,
			id: area.gridId ?? "",
			name: area.name ?? "",
			community: area.community ?? "",
			isPartly: own.weeks < weeks,
		};
	});
	const others = found.get("");
	if (others) rows.push({ ...others.sums, id: "", name: othersName, community: "", isPartly: false });
	return rows;
}

/** Of the whole tenant, by week, the first first. */
export function weeksOf(said: GetFiguresResponseJson): { fromMs: number; sums: Sums }[] {
	const found = new Map<string, Sums>();
	for (const row of said.grids ?? []) {
		const from = row.fromMs ?? "0";
		found.set(from, add(found.get(from) ?? NONE, sumsOf(row)));
	}
	return [...found].map(([from, sums]) => ({ fromMs: Number(from), sums })).sort((a, b) => a.fromMs - b.fromMs);
}

export const TONES = 5;

/** Shares that are closer than this look alike. */
const LEAST_SPAN = 0.1;

export function scaleOf(all: (number | undefined)[]): { least: number; most: number } {
	const known = all.filter((one): one is number => one !== undefined);
	const least = Math.min(...known);
	return { least, most: Math.max(least + LEAST_SPAN, ...known) };
}

/** From 1, the least of all, to TONES, the most. */
export function toneOf(value: number | undefined, all: (number | undefined)[]): string {
	if (value === undefined) return "";
	const { least, most } = scaleOf(all);
	return `tone${Math.min(TONES, 1 + Math.floor(((value - least) / (most - least)) * TONES))}`;
}

/** "92.0 %", or a number. */
export function show(value: number | undefined, what: Measure): string {
	if (value === undefined) return "–";
	return what === "placed" ? String(value) : `${(value * 100).toFixed(1)} %`;
}
