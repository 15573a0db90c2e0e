import { useMemo } from "preact/hooks";
import type { BoardCountJson, RateRowJson, WallEventJson, WallWaitJson } from "~api";
import type { Point } from "~/lib/geo";
import { language, locale } from "~/lib/i18n";
import { clock, duration, ms, now } from "~/lib/time";
import { Trend } from "~/ui/chart";
import { TownMap } from "~/ui/map";
import { events, isRefused, line, serverNow, wall } from "./state";
import { text } from "./words";

const TONES = 5;
/** So that nothing burns in: the whole picture moves by some pixels every few minutes. */
const SHIFT_MS = 180_000;
const SHIFTS = [0, 4, 8, 4, 0, -4, -8, -4];

const short = (name: string | undefined, prefix: string) => (name ?? "").replace(prefix, "");

function categoryName(id: string | undefined): string {
	const category = wall.value?.categories?.find((one) => one.id === id);
	if (!category) return text().private;
	return (language.value === "en" && category.nameEn) || category.nameZh || "";
}

function gridName(id: string | undefined): string {
	return wall.value?.grids?.find((one) => one.gridId === id)?.name ?? "";
}

function sum(counts: BoardCountJson[] | undefined, states: string[], urgency?: string): number {
	return (counts ?? [])
		.filter((one) => states.includes(short(one.state, "ORDER_STATE_")) && (!urgency || one.urgency === urgency))
		.reduce((all, one) => all + Number(one.orders ?? 0), 0);
}

function Head() {
	const at = new Date(serverNow.value);
	const state = line.value?.value.state;
	const since = line.value?.value.sinceMs ?? 0;
	void now.value;
	return (
		<header>
			<h1>{wall.value?.name ?? text().title}</h1>
			<p class="time">
				<span>
					{new Intl.DateTimeFormat(locale.value, { month: "long", day: "numeric", weekday: "long" }).format(at)}
				</span>
				<b>{new Intl.DateTimeFormat(locale.value, { hour: "2-digit", minute: "2-digit", hour12: false }).format(at)}</b>
			</p>
			<p class={`line ${state ?? ""}`} role="status">
				{state === "lost"
					? text().lost(duration(performance.now() - since))
					: state === "live"
						? text().live
						: text().connecting}
			</p>
		</header>
	);
}

function Tile({ name, value, tone }: { name: string; value: number | string; tone?: string }) {
	return (
		<div class={`tile ${tone ?? ""}`}>
			<dt>{name}</dt>
			<dd>{value}</dd>
		</div>
	);
}

const percent = (e4: number | undefined, row: RateRowJson | undefined) =>
	Number(row?.counts?.valid ?? 0) === 0 ? "–" : `${((e4 ?? 0) / 100).toFixed(1)}%`;

function Tiles() {
	const { counts, today, month } = wall.value ?? {};
	const danger = sum(counts, ["PLACED", "OFFERED"], "URGENCY_DANGER");
	const about = (span: string | undefined) => (ms(span) === 0 ? "–" : text().about(duration(ms(span))));
	return (
		<section class="tiles" aria-label={text().today}>
			<dl>
				<Tile name={text().waiting} value={sum(counts, ["PLACED", "OFFERED"])} tone="warn" />
				<Tile name={text().danger} value={danger} tone={danger > 0 ? "danger" : ""} />
				<Tile name={text().working} value={sum(counts, ["ACCEPTED", "STARTED", "HELD"])} />
				<Tile name={text().toRate} value={sum(counts, ["COMPLETED"])} />
				<Tile name={text().placed} value={Number(today?.counts?.placed ?? 0)} />
				<Tile name={text().closed} value={Number(today?.counts?.valid ?? 0)} tone="good" />
			</dl>
			<h2>{text().month}</h2>
			<dl>
				<Tile name={text().response} value={percent(month?.responseE4, month)} />
				<Tile name={text().resolution} value={percent(month?.resolutionE4, month)} />
				<Tile name={text().satisfaction} value={percent(month?.satisfactionE4, month)} />
				<Tile name={text().accept} value={about(month?.accepted?.medianMs)} tone="text" />
				<Tile name={text().done} value={about(month?.done?.medianMs)} tone="text" />
			</dl>
			<Days />
		</section>
	);
}

function Days() {
	const days = wall.value?.days ?? [];
	const values = (what: "placed" | "valid") => days.map((day) => Number(day.counts?.[what] ?? 0));
	const most = Math.max(1, ...values("placed"), ...values("valid"));
	if (days.length === 0) return null;
	return (
		<div class="trends">
			<h2>{text().trend}</h2>
			<div class="both">
				<Trend label={`${text().trendText}: ${text().placed}`} values={values("placed")} most={most} />
				<Trend label={`${text().trendText}: ${text().closed}`} values={values("valid")} most={most} />
			</div>
			<p class="legend" aria-hidden="true">
				<span class="first">{text().kind.PLACED}</span> <span class="second">{text().kind.CLOSED}</span>
			</p>
		</div>
	);
}

/** Outlines change seldom, counts all the time. */
function Town() {
	const grids = wall.value?.grids ?? [];
	const shape = grids.map((grid) => grid.gridId).join();
	const outlines = useMemo(
		() =>
			grids.map((grid) => ({
				id: grid.gridId ?? "",
				name: grid.name ?? "",
				polygons: (grid.polygons ?? []).map((polygon) =>
					(polygon.rings ?? []).map((ring) =>
						(ring.points ?? []).map((p): Point => ({ lat: p.lat ?? 0, lon: p.lon ?? 0 })),
					),
				),
			})),
		[shape, grids[0]?.polygons],
	);
	const most = Math.max(1, ...grids.map((grid) => Number(grid.waiting ?? 0)));
	const areas = outlines.map((area, i) => {
		const waiting = Number(grids[i]?.waiting ?? 0);
		return { ...area, name: `${area.name} ${waiting || ""}`, tone: `tone${Math.ceil((waiting / most) * TONES)}` };
	});
	return (
		<section class="town" aria-label={text().map}>
			<h2>{text().map}</h2>
			<div class="frame">
				{outlines.some((area) => area.polygons.length > 0) ? (
					<TownMap label={text().map} areas={areas} pins={[]} isStill />
				) : null}
			</div>
			<GridTable />
		</section>
	);
}

const MOST_GRIDS = 12;

function GridTable() {
	const count = (n: string | undefined) => Number(n ?? 0);
	const rows = [...(wall.value?.grids ?? [])]
		.sort((a, b) => count(b.waiting) - count(a.waiting) || count(b.working) - count(a.working))
		.slice(0, MOST_GRIDS);
	return (
		<table>
			<thead>
				<tr>
					<th scope="col">{text().grids}</th>
					<th scope="col">{text().waiting}</th>
					<th scope="col">{text().working}</th>
					<th scope="col">{text().toRate}</th>
					<th scope="col">{text().closed}</th>
				</tr>
			</thead>
			<tbody>
				{rows.map((grid) => (
					<tr key={grid.gridId}>
						<th scope="row">{grid.name}</th>
						<td>{grid.waiting ?? 0}</td>
						<td>{grid.working ?? 0}</td>
						<td>{grid.toRate ?? 0}</td>
						<td>{grid.closed ?? 0}</td>
					</tr>
				))}
			</tbody>
		</table>
	);
}

function Wait({ wait }: { wait: WallWaitJson }) {
	const urgency = short(wait.urgency, "URGENCY_") as keyof ReturnType<typeof text>["urgency"];
	const isLate = ms(wait.dueMs) < serverNow.value;
	return (
		<li class={isLate || urgency === "DANGER" ? "late" : ""}>
			<b>{duration(serverNow.value - ms(wait.placedMs))}</b>
			<span>
				{gridName(wait.gridId)} · {categoryName(wait.categoryId)}
			</span>
			<i>
				{text().urgency[urgency]}
				{isLate && ` · ${text().late}`}
			</i>
		</li>
	);
}

function Happening({ event }: { event: WallEventJson }) {
	const kind = short(event.kind, "EVENT_KIND_") as keyof ReturnType<typeof text>["kind"];
	return (
		<li>
			<time>{clock(ms(event.atMs), serverNow.value)}</time>
			<b class={`kind ${kind}`}>{text().kind[kind] ?? ""}</b>
			<span>
				{gridName(event.gridId)} · {categoryName(event.categoryId)}
			</span>
		</li>
	);
}

function Lists() {
	const waits = wall.value?.waits ?? [];
	return (
		<div class="lists">
			<section aria-label={text().waits}>
				<h2>{text().waits}</h2>
				{waits.length === 0 && <p class="soft">{text().noWaits}</p>}
				<ol class="waits">
					{waits.map((wait, i) => (
						<Wait key={i} wait={wait} />
					))}
				</ol>
			</section>
			<section aria-label={text().events}>
				<h2>{text().events}</h2>
				<ol class="events">
					{events.value.map((event, i) => (
						<Happening key={i} event={event} />
					))}
				</ol>
			</section>
		</div>
	);
}

function Notice({ title, words }: { title: string; words: string }) {
	return (
		<main class="notice">
			<h1>{title}</h1>
			<p>{words}</p>
		</main>
	);
}

export function Wall({ hasKey }: { hasKey: boolean }) {
	if (!hasKey) return <Notice title={text().noKey} words={text().noKeyText} />;
	if (isRefused.value) return <Notice title={text().refused} words={text().refusedText} />;
	const step = Math.floor(performance.now() / SHIFT_MS);
	const x = SHIFTS[step % SHIFTS.length]!;
	const y = SHIFTS[(step + 2) % SHIFTS.length]!;
	void now.value;
	return (
		<div class="wall" style={{ transform: `translate(${x}px, ${y}px)` }}>
			<Head />
			{wall.value ? (
				<main>
					<Tiles />
					<Town />
					<Lists />
				</main>
			) : (
				<main class="notice">
					<p role="status">{text().loading}</p>
				</main>
			)}
		</div>
	);
}
