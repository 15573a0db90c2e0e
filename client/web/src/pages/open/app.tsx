import { useMemo } from "preact/hooks";
import { language, locale, setLanguage } from "~/lib/i18n";
import { ms } from "~/lib/time";
import { Bars, Trend } from "~/ui/chart";
import { TownMap } from "~/ui/map";
import {
	MEASURES,
	type Place,
	places,
	type Sums,
	scaleOf,
	show,
	sumsOf,
	TONES,
	toneOf,
	figureOf,
	weeksOf,
} from "./figures";
import { areas, ask, choose, load, measure, outlineOf, said, state, tenant, WEEKS, weeks } from "./state";
import { Notes, Table } from "./table";
import { text } from "./words";

const day = (atMs: number) => new Intl.DateTimeFormat(locale.value, { dateStyle: "medium" }).format(atMs);

function Head() {
	return (
		<header class="head">
			<div>
				<h1>{said.value?.name ? `${said.value.name} · ${text().title}` : text().title}</h1>
				<p class="soft">{text().lead}</p>
			</div>
			<button
				type="button"
				class="button quiet"
				lang={language.value === "zh" ? "en" : "zh-CN"}
				onClick={() => setLanguage(language.value === "zh" ? "en" : "zh")}
			>
				{text().other}
			</button>
		</header>
	);
}

function Ask() {
	return (
		<form
			class="card stack"
			onSubmit={(event) => {
				event.preventDefault();
				ask(String(new FormData(event.currentTarget).get("tenant") ?? ""));
			}}
		>
			{state.value === "none" && (
				<p class="wrong" role="alert">
					{text().none}
				</p>
			)}
			<label class="field">
				<span>{text().tenant}</span>
				<input
					name="tenant"
					required
					maxLength={24}
					defaultValue={tenant.value}
					autocapitalize="off"
					spellcheck={false}
				/>
			</label>
			<button type="submit" class="button main">
				{text().show}
			</button>
		</form>
	);
}

function Dates() {
	const { untilMs, nextMs } = said.value ?? {};
	return (
		<p class="soft">
			{text().until(day(ms(untilMs) - 1))} · {text().next(day(ms(nextMs)))}
		</p>
	);
}

function Choices() {
	return (
		<div class="choices">
			<label class="field">
				<span>{text().weeks}</span>
				<select value={weeks.value} onChange={(event) => choose(Number(event.currentTarget.value))}>
					{WEEKS.map((n) => (
						<option key={n} value={n}>
							{text().lastWeeks(n)}
						</option>
					))}
				</select>
			</label>
			<fieldset class="segments">
				<legend>{text().measure}</legend>
				{MEASURES.map((one) => (
					<label key={one}>
						<input
							type="radio"
							name="measure"
							value={one}
							checked={measure.value === one}
							onChange={() => {
								measure.value = one;
							}}
						/>
						<span>{text().measures[one]}</span>
					</label>
				))}
			</fieldset>
		</div>
	);
}

function Tiles({ total }: { total: Sums }) {
	return (
		<dl class="tiles">
			<div>
				<dt>{text().measures.placed}</dt>
				<dd>{total.placed}</dd>
			</div>
			<div>
				<dt>{text().closed}</dt>
				<dd>{total.closed}</dd>
			</div>
			{MEASURES.filter((one) => one !== "placed").map((one) => (
				<div key={one}>
					<dt>{text().measures[one]}</dt>
					<dd>{show(figureOf(total, one), one)}</dd>
				</div>
			))}
		</dl>
	);
}

function GridMap({ rows }: { rows: Place[] }) {
	const outlines = useMemo(() => areas.value.map(outlineOf), [areas.value]);
	const what = measure.value;
	const grids = rows.filter((row) => row.id !== "");
	const values = new Map(grids.map((row) => [row.id, row.placed + row.closed > 0 ? figureOf(row, what) : undefined]));
	const all = [...values.values()];
	const isKnown = all.some((one) => one !== undefined);
	const { least, most } = scaleOf(all);
	const shown = outlines.map((area) => ({ ...area, tone: toneOf(values.get(area.id), all) || "tone0" }));
	if (!outlines.some((area) => area.polygons.length > 0)) return null;
	return (
		<section class="card">
			<h2>{text().mapOf(text().measures[what])}</h2>
			<div class="frame">
				<TownMap label={text().map} areas={shown} pins={[]} />
			</div>
			<p class="legend" aria-hidden="true">
				<span class="key tone0" /> {text().noFigures}
				{isKnown && (
					<>
						<span class="soft">{show(least, what)}</span>
						{Array.from({ length: TONES }, (_, i) => (
							<span key={i} class={`key tone${i + 1}`} />
						))}
						<span class="soft">{show(most, what)}</span>
					</>
				)}
			</p>
		</section>
	);
}

function GridBars({ rows }: { rows: Place[] }) {
	const what = measure.value;
	const bars = rows
		.filter((row) => row.placed + row.closed > 0)
		.map((row) => {
			const value = figureOf(row, what);
			return { name: row.name, value: value ?? 0, text: show(value, what) };
		});
	return (
		<section class="card">
			<h2>{text().byGrid}</h2>
			<Bars label={text().mapOf(text().measures[what])} bars={bars} {...(what === "placed" ? {} : { most: 1 })} />
		</section>
	);
}

function Weeks() {
	const what = measure.value;
	const rows = weeksOf(said.value!);
	if (rows.length < 2) return null;
	return (
		<section class="card">
			<h2>{text().byWeek}</h2>
			<Trend
				label={`${text().byWeek}: ${text().measures[what]}`}
				values={rows.map((row) => figureOf(row.sums, what))}
				{...(what === "placed" ? {} : { most: 1 })}
			/>
			<p class="ends soft">
				<span>{day(rows[0]!.fromMs)}</span>
				<span>{day(rows[rows.length - 1]!.fromMs)}</span>
			</p>
		</section>
	);
}

function There() {
	const rows = places(said.value!, areas.value, text().others);
	const total = sumsOf(said.value!.total);
	const isEmpty = (said.value!.grids ?? []).length === 0;
	return (
		<>
			<Dates />
			<Choices />
			{isEmpty ? (
				<p class="card">{text().empty}</p>
			) : (
				<>
					<Tiles total={total} />
					<div class="pair">
						<GridMap rows={rows} />
						<GridBars rows={rows} />
					</div>
					<Weeks />
					<Table rows={rows} total={total} />
				</>
			)}
			<Notes />
		</>
	);
}

export function Open() {
	return (
		<>
			<Head />
			<main class="page">
				{state.value === "loading" && <p role="status">{text().loading}</p>}
				{(state.value === "ask" || state.value === "none") && <Ask />}
				{state.value === "failed" && (
					<div class="card stack" role="alert">
						<p>{text().failed}</p>
						<button type="button" class="button" onClick={() => void load()}>
							{text().again}
						</button>
					</div>
				)}
				{state.value === "there" && <There />}
			</main>
		</>
	);
}
