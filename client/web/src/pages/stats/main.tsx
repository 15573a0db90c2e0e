/** Statistics: what became of the orders of a period, by unit, category, member and day. */
import { render } from "preact";
import "~/css/tokens.css";
import "~/css/base.css";
import "~/css/parts.css";
import "~/css/table.css";
import "~/css/desks.css";
import "~/css/chart.css";
import "~/css/plot.css";
import "~/css/office.css";
import "~/css/print.css";
import { dayOf, RANGES, type RangeName, rangeOf } from "~/lib/days";
import { fullTime } from "~/lib/time";
import { nodeName } from "~/lib/town";
import { Button } from "~/ui/button";
import { app, enter, startPage } from "~/ui/enter";
import { Choice, Field } from "~/ui/field";
import { Office } from "~/ui/office";
import { text as office } from "~/ui/office_words";
import { toast, toastError } from "~/ui/toast";
import { UnitChoice } from "~/ui/unit";
import { Comparisons, Days, Summary } from "./charts";
import { figures, isRange, range, rangeName, start, unit } from "./state";
import { Data } from "./table";
import { text } from "./words";

function take(part: "from" | "until", day: string): void {
	const next = { ...range.value, [part]: day };
	if (isRange(next)) range.value = next;
	else if (day !== "") toast(text().badRange, undefined, 5000, true);
}

function Tools() {
	const words = text();
	const named = rangeName.value;
	const names: [string, string][] = RANGES.map((name) => [name, words.ranges[name]]);
	if (!named) names.push(["own", words.ranges.own]);
	return (
		<div class="tools no-print" role="search">
			<Choice
				label={words.range}
				value={named ?? "own"}
				options={names}
				onChoose={(name) => name !== "own" && (range.value = rangeOf(name as RangeName, dayOf(Date.now())))}
			/>
			<Field
				label={words.from}
				type="date"
				value={range.value.from}
				onChange={(event) => take("from", event.currentTarget.value)}
			/>
			<Field
				label={words.until}
				type="date"
				value={range.value.until}
				onChange={(event) => take("until", event.currentTarget.value)}
			/>
			<UnitChoice label={words.unit} all={words.everywhere} value={unit.value} onChoose={(id) => (unit.value = id)} />
			<Button onClick={() => print()}>{office().print}</Button>
		</div>
	);
}

function Page() {
	const words = text();
	const found = figures.value;
	return (
		<Office here="stats">
			<Tools />
			<p class="only-print">
				{unit.value ? nodeName(unit.value) : words.everywhere} · {words.upTo(range.value.from, range.value.until)} ·{" "}
				{words.asOf(fullTime(found?.atMs ?? 0))}
			</p>
			{found ? (
				<>
					<Summary figures={found} />
					<Days figures={found} />
					<Comparisons figures={found} />
					<Data />
				</>
			) : (
				<p class="soft">{office().loading}</p>
			)}
		</Office>
	);
}

async function begin(): Promise<void> {
	const title = () => office().pages.stats;
	startPage(title);
	await enter(title);
	await start();
	render(<Page />, app);
}

begin().catch(toastError);
