/** The three rates (三率) as they are shown: never without the counts behind them. */
import type { RateCountsJson, RateRowJson } from "~api";

export type Measure = "response" | "resolution" | "satisfaction" | "onTime";

export const MEASURES: Measure[] = ["response", "resolution", "satisfaction", "onTime"];

/** uint64 of proto3 JSON. */
export const count = (row: RateRowJson | undefined, name: keyof RateCountsJson): number =>
	Number(row?.counts?.[name] ?? 0);

/** Of `of` valid orders, what counts for the rate; a basically satisfied resident as 0.9. */
export function share(row: RateRowJson | undefined, measure: Measure): { part: number; of: number } {
	const of = count(row, "valid");
	switch (measure) {
		case "response":
			return { part: count(row, "contacted"), of };
		case "resolution":
			return { part: count(row, "solved"), of };
		case "satisfaction":
			return { part: count(row, "satisfied") + 0.9 * count(row, "basicallySatisfied"), of };
		case "onTime":
			return { part: of - count(row, "late"), of };
	}
}

/** In percent, to a tenth; undefined where nothing was counted. */
export function percent(row: RateRowJson | undefined, measure: Measure): number | undefined {
	const { part, of } = share(row, measure);
	return of === 0 ? undefined : Math.round((part / of) * 1000) / 10;
}

/** "12/13", as the rate's counts are written beside it. */
export function fraction(row: RateRowJson | undefined, measure: Measure): string {
	const { part, of } = share(row, measure);
	return `${Math.round(part * 10) / 10}/${of}`;
}

/** "92.3 % (12/13)"; a dash where nothing was counted. */
export function rateText(row: RateRowJson | undefined, measure: Measure): string {
	const value = percent(row, measure);
	return value === undefined ? "–" : `${value.toFixed(1)} % (${fraction(row, measure)})`;
}
