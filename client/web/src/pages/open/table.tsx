/** The same as numbers, what they mean, and as files to take along. */
import { csv } from "~/lib/csv";
import { save } from "~/lib/save";
import { ms } from "~/lib/time";
import { MEASURES, type Measure, type Place, type Sums, show, sumsOf, figureOf } from "./figures";
import { areas, figuresAddress, said, tenant } from "./state";
import { text } from "./words";

function Share({ row, of }: { row: Sums; of: Exclude<Measure, "placed"> }) {
	const value = figureOf(row, of);
	return (
		<td class="number">
			{show(value, of)}
			{of !== "satisfied" && row.closed > 0 && <small class="soft"> {text().of(row[of], row.closed)}</small>}
		</td>
	);
}

function Row({ row }: { row: Place }) {
	return (
		<tr>
			<th scope="row">
				{row.name}
				{row.isPartly && (
					<abbr class="partly" title={text().partly}>
						*
					</abbr>
				)}
				<small class="soft">{row.community}</small>
			</th>
			<td class="number">{row.placed}</td>
			<td class="number">{row.closed}</td>
			<Share row={row} of="answered" />
			<Share row={row} of="inTime" />
			<Share row={row} of="solved" />
			<Share row={row} of="satisfied" />
		</tr>
	);
}

export function Table({ rows, total }: { rows: Place[]; total: Sums }) {
	const { measures, closed, grid, whole, partly } = text();
	const last: Place = { ...total, id: "", name: whole, community: "", isPartly: false };
	return (
		<section class="card">
			<section class="wide" tabIndex={0} aria-label={text().byGrid}>
				<table class="table">
					<thead>
						<tr>
							<th scope="col">{grid}</th>
							<th scope="col" class="number">
								{measures.placed}
							</th>
							<th scope="col" class="number">
								{closed}
							</th>
							{MEASURES.filter((one) => one !== "placed").map((one) => (
								<th key={one} scope="col" class="number">
									{measures[one]}
								</th>
							))}
						</tr>
					</thead>
					<tbody>
						{rows.map((row) => (
							<Row key={row.id} row={row} />
						))}
					</tbody>
					<tfoot>
						<Row row={last} />
					</tfoot>
				</table>
			</section>
			{rows.some((row) => row.isPartly) && <p class="soft note">* {partly}</p>}
		</section>
	);
}

function asTable(): (string | number)[][] {
	const named = new Map(areas.value.map((area) => [area.gridId, area]));
	const local = new Intl.DateTimeFormat("sv-SE");
	return [
		[...text().columns],
		...(said.value?.grids ?? []).map((row) => {
			const sums = sumsOf(row);
			const area = named.get(row.gridId);
			return [
				local.format(ms(row.fromMs)),
				row.days ?? 0,
				row.gridId ?? "",
				row.others ? text().others : (area?.name ?? ""),
				area?.community ?? "",
				...[sums.placed, sums.closed, sums.answered, sums.inTime, sums.solved],
				...[sums.satisfied, sums.basically, sums.dissatisfied],
			];
		}),
	];
}

export function Notes() {
	const { define, measures, closed } = text();
	const names = { ...measures, closed };
	return (
		<>
			<section class="card">
				<h2>{text().definitions}</h2>
				<dl class="definitions">
					{(["placed", "closed", "answered", "inTime", "solved", "satisfied"] as const).map((one) => (
						<div key={one}>
							<dt>{names[one]}</dt>
							<dd>{define[one]}</dd>
						</div>
					))}
				</dl>
			</section>
			<section class="card">
				<h2>{text().privacy}</h2>
				<p>{text().privacyText(said.value?.fewOrders ?? 0, said.value?.delayHours ?? 0)}</p>
			</section>
			<section class="card">
				<h2>{text().download}</h2>
				<p class="row">
					<button
						type="button"
						class="button"
						onClick={() => save(`${text().file}-${tenant.value}.csv`, "text/csv", [csv(asTable())])}
					>
						{text().csv}
					</button>
					<a class="button" href={figuresAddress()} download={`${text().file}-${tenant.value}.json`}>
						{text().json}
					</a>
				</p>
			</section>
		</>
	);
}
