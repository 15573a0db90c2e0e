/** The figures in rows: by unit, category, member or day. */
import type { RateCountsJson, RateRowJson } from "~api";
import { dayOf } from "~/lib/days";
import { count, MEASURES, percent, rateText } from "~/lib/rates";
import { ms } from "~/lib/time";
import { categoryName, memberName, nodeName } from "~/lib/town";
import { Button } from "~/ui/button";
import { Section } from "~/ui/office";
import { text as office } from "~/ui/office_words";
import { Pill } from "~/ui/pill";
import { type Column, saveTable, Table } from "~/ui/table";
import { Tabs } from "~/ui/tabs";
import { medianMs, medianText, p90Ms, SPANS, type Span, spanOrders } from "./spans";
import { type Group, GROUPS, group, range, rows } from "./state";
import { text } from "./words";

export function nameOf(row: RateRowJson, by: Group): string {
	switch (by) {
		case "GRID":
		case "COMMUNITY":
			return nodeName(row.id);
		case "CATEGORY":
			return categoryName(row.id) || row.id || "";
		case "MEMBER":
			return memberName(row.id);
		case "DAY":
			return dayOf(ms(row.dayMs));
	}
}

function counted(name: string, of: keyof RateCountsJson): Column<RateRowJson> {
	return { name, value: (row) => count(row, of) };
}

const inMinutes = (spanMs: number | undefined) => Math.round((spanMs ?? 0) / 60_000);

/** Shown as about how long; for spreadsheets in minutes, with how many orders that is of. */
function spanColumns(span: Span): { shown: Column<RateRowJson>; more: Column<RateRowJson>[] } {
	const { columns, spans } = text();
	return {
		shown: {
			name: spans[span],
			value: (row) => medianMs(row, span) ?? 0,
			show: (row) => medianText(row, span),
		},
		more: [
			{ name: columns.spanOrders(spans[span]), value: (row) => spanOrders(row, span) },
			{ name: columns.median(spans[span]), value: (row) => inMinutes(medianMs(row, span)) },
			{ name: columns.p90(spans[span]), value: (row) => inMinutes(p90Ms(row, span)) },
		],
	};
}

/** What is shown, and what only a spreadsheet gets beside it: the counts that the rates are made of. */
function columnsOf(by: Group): { shown: Column<RateRowJson>[]; more: Column<RateRowJson>[] } {
	const words = text();
	const { columns } = words;
	const name: Column<RateRowJson> = {
		name: columns.name,
		value: (row) => nameOf(row, by),
		show: (row) => (
			<>
				{nameOf(row, by)} {row.fewSamples && count(row, "valid") > 0 && <Pill tone="warn">{words.few}</Pill>}
			</>
		),
	};
	const rates = MEASURES.map(
		(measure): Column<RateRowJson> => ({
			name: words.measures[measure],
			value: (row) => percent(row, measure) ?? 0,
			show: (row) => rateText(row, measure),
		}),
	);
	const spans = SPANS.map(spanColumns);
	const shown = [
		name,
		counted(words.placed, "placed"),
		counted(words.valid, "valid"),
		...rates,
		...spans.map((span) => span.shown),
		counted(columns.unrated, "unrated"),
		counted(columns.dissatisfied, "dissatisfied"),
		counted(columns.cancelled, "cancelled"),
		counted(columns.excluded, "excluded"),
	];
	const more = [
		counted(columns.contacted, "contacted"),
		counted(columns.solved, "solved"),
		counted(columns.solvedUnrated, "solvedUnrated"),
		counted(columns.satisfied, "satisfied"),
		counted(columns.basically, "basicallySatisfied"),
		counted(columns.late, "late"),
		counted(columns.rejected, "rejected"),
		counted(columns.merged, "merged"),
		...spans.flatMap((span) => span.more),
	];
	return { shown, more };
}

export function Data() {
	const words = text();
	const found = rows.value;
	const { shown, more } = columnsOf(group.value);
	const name = `${words.file}-${words.groups[group.value]}-${range.value.from}-${range.value.until}`;
	return (
		<Section
			title={words.table}
			tools={
				<Button disabled={!found} onClick={() => saveTable(name, [...shown, ...more], found ?? [])}>
					{office().csv}
				</Button>
			}
		>
			<Tabs
				id="by"
				label={words.table}
				tabs={GROUPS.map((one) => [one, words.groups[one]])}
				current={group.value}
				onSelect={(one) => (group.value = one as Group)}
			/>
			<div id="by-panel" role="tabpanel" aria-labelledby={`by-${group.value}`}>
				{found ? (
					<Table
						key={group.value}
						label={words.table}
						columns={shown}
						rows={found}
						id={(row) => row.id || row.dayMs || ""}
						{...(group.value === "DAY" ? {} : { sorted: 2 })}
					/>
				) : (
					<p class="soft">{office().loading}</p>
				)}
			</div>
			<p class="soft">{words.fewNote}</p>
			<p class="soft">{words.spanNote}</p>
		</Section>
	);
}
