/** The figures as pictures: tiles, days, units and categories beside each other. */
import { useState } from "preact/hooks";
import type { OrderStateJson, RateRowJson, UrgencyJson } from "~api";
import { dayOf, daysBetween, everyDay } from "~/lib/days";
import { count, fraction, MEASURES, type Measure, percent, rateText } from "~/lib/rates";
import { ms } from "~/lib/time";
import { type Bar, Bars } from "~/ui/chart";
import { Choice } from "~/ui/field";
import { Section, type TileProps, Tiles } from "~/ui/office";
import { Plot } from "~/ui/plot";
import { medianMs, medianText, p90Text, SPANS, type Span, spanOrders } from "./spans";
import { type Figures, type Group, range } from "./state";
import { nameOf } from "./table";
import { text } from "./words";

const STATES = ["PLACED", "OFFERED", "ACCEPTED", "STARTED", "HELD", "COMPLETED"] as const;
const URGENCIES = ["DANGER", "URGENT", "NORMAL", "COMPLEX"] as const;
const MOST_BARS = 20;

function openOrders({ board }: Figures, state?: OrderStateJson, urgency?: UrgencyJson): number {
	return board
		.filter((one) => (!state || one.state === state) && (!urgency || one.urgency === urgency))
		.reduce((sum, one) => sum + Number(one.orders ?? 0), 0);
}

export function Summary({ figures }: { figures: Figures }) {
	const words = text();
	const { total, before } = figures;
	const days = daysBetween(range.value.from, range.value.until);
	const left = (["cancelled", "rejected", "merged", "excluded"] as const).map((name) => count(total, name)) as [
		number,
		number,
		number,
		number,
	];
	const danger = openOrders(figures, undefined, "URGENCY_DANGER");
	const tiles: TileProps[] = [
		{
			name: words.placed,
			value: String(count(total, "placed")),
			note: `${words.perDay((count(total, "placed") / days).toFixed(1))} · ${words.before(String(count(before, "placed")))}`,
		},
		{ name: words.valid, value: String(count(total, "valid")), note: words.before(String(count(before, "valid"))) },
		...MEASURES.map((measure): TileProps => {
			const value = percent(total, measure);
			return {
				name: words.measures[measure],
				value: value === undefined ? "–" : `${value.toFixed(1)} %`,
				note: `${fraction(total, measure)} · ${words.before(rateText(before, measure))}`,
			};
		}),
		...SPANS.map(
			(span): TileProps => ({
				name: words.spans[span],
				value: medianText(total, span),
				note: [p90Text(total, span), words.before(medianText(before, span))].filter(Boolean).join(" · "),
			}),
		),
		{
			name: words.left,
			value: String(left.reduce((sum, n) => sum + n, 0)),
			note: words.leftNote(...left),
		},
		{
			name: words.open,
			value: String(openOrders(figures)),
			note: danger > 0 ? words.openNote(danger) : undefined,
			tone: danger > 0 ? "danger" : "",
		},
	];
	return <Tiles label={words.summary} tiles={tiles} />;
}

export function Days({ figures }: { figures: Figures }) {
	const words = text();
	const days = everyDay(range.value.from, range.value.until);
	const of = new Map(figures.days.map((row) => [dayOf(ms(row.dayMs)), row]));
	const counts = (name: "placed" | "valid") => days.map((day) => count(of.get(day), name));
	const rates = (measure: Measure) => days.map((day) => percent(of.get(day), measure));
	const span = words.upTo(range.value.from, range.value.until);
	return (
		<div class="two">
			<Section title={words.trendCounts}>
				<Plot
					label={`${words.trendCounts}, ${span}: ${words.placed} ${count(figures.total, "placed")}, ${words.ended} ${count(figures.total, "valid")}`}
					days={days}
					kind="columns"
					series={[
						{ name: words.placed, tone: "accent", values: counts("placed") },
						{ name: words.ended, tone: "good", values: counts("valid") },
					]}
				/>
			</Section>
			<Section title={words.trendRates}>
				<Plot
					label={`${words.trendRates}, ${span}: ${MEASURES.map((measure) => `${words.measures[measure]} ${rateText(figures.total, measure)}`).join(", ")}`}
					days={days}
					kind="lines"
					most={100}
					unit="%"
					series={[
						{ name: words.measures.response, tone: "accent", values: rates("response") },
						{ name: words.measures.resolution, tone: "good", values: rates("resolution") },
						{ name: words.measures.satisfaction, tone: "violet", values: rates("satisfaction") },
					]}
				/>
			</Section>
		</div>
	);
}

type Compares = Measure | Span | "placed";

const isSpan = (one: Compares): one is Span => SPANS.includes(one as Span);

/** Of what the bar is, how long it is, and what stands beside it. */
function barOf(row: RateRowJson, what: Compares): { orders: number; value: number; text: string } {
	if (what === "placed") {
		const orders = count(row, "placed");
		return { orders, value: orders, text: text().orders(orders) };
	}
	if (!isSpan(what)) return { orders: count(row, "valid"), value: percent(row, what) ?? 0, text: rateText(row, what) };
	return {
		orders: spanOrders(row, what),
		value: medianMs(row, what) ?? 0,
		text: `${medianText(row, what)} · ${p90Text(row, what)}`,
	};
}

function barsOf(rows: RateRowJson[], by: Group, what: Compares): Bar[] {
	return rows
		.map((row) => ({ row, ...barOf(row, what) }))
		.filter(({ orders }) => orders > 0)
		.sort((a, b) => b.orders - a.orders)
		.slice(0, MOST_BARS)
		.map(({ row, value, text: said }) => ({
			name: nameOf(row, by),
			value,
			text: said,
			...(what !== "placed" && row.fewSamples ? { tone: "faint" } : {}),
		}));
}

function Compared({ title, rows, by }: { title: string; rows: RateRowJson[]; by: Group }) {
	const words = text();
	const [what, choose] = useState<Compares>("placed");
	const names: [Compares, string][] = [
		["placed", words.placed],
		...MEASURES.map((one): [Compares, string] => [one, words.measures[one]]),
		...SPANS.map((one): [Compares, string] => [one, words.spans[one]]),
	];
	const name = names.find(([one]) => one === what)![1];
	return (
		<Section
			title={`${title} · ${name}`}
			tools={<Choice label={words.measure} value={what} options={names} onChoose={(one) => choose(one as Compares)} />}
		>
			<Bars
				label={`${title}: ${name}`}
				bars={barsOf(rows, by, what)}
				{...(what === "placed" || isSpan(what) ? {} : { most: 100 })}
			/>
		</Section>
	);
}

function Open({ figures }: { figures: Figures }) {
	const words = text();
	const bars = STATES.map((state): Bar => {
		const name: OrderStateJson = `ORDER_STATE_${state}`;
		const n = openOrders(figures, name);
		const parts = URGENCIES.map((urgency) => [urgency, openOrders(figures, name, `URGENCY_${urgency}`)] as const);
		const urgent = parts.filter(([urgency, of]) => of > 0 && urgency !== "NORMAL");
		const note = urgent.map(([urgency, of]) => `${words.urgency[urgency]} ${of}`).join(" · ");
		return { name: words.state[state], value: n, text: note ? `${words.orders(n)} (${note})` : words.orders(n) };
	});
	return (
		<Section title={words.states}>
			<Bars label={words.states} bars={bars} />
		</Section>
	);
}

export function Comparisons({ figures }: { figures: Figures }) {
	const words = text();
	return (
		<div class="two">
			<Compared title={words.groups.GRID} rows={figures.grids} by="GRID" />
			<Compared title={words.byCategory} rows={figures.categories} by="CATEGORY" />
			<Open figures={figures} />
		</div>
	);
}
