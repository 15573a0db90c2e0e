/**
 * A chart over days, with a scale at its left: columns side by side, or lines. What it shows is in its label and in a
 * table of the same page. Scale and days are text of the page, so that the drawing may be stretched.
 */
export interface Series {
	name: string;
	tone: "accent" | "good" | "warn" | "violet";
	/** One for each day; a gap where there is none. */
	values: (number | undefined)[];
}

export interface PlotProps {
	label: string;
	days: string[];
	series: Series[];
	kind: "columns" | "lines";
	/** Of the scale; default: what the values need. */
	most?: number;
	unit?: string;
}

const HEIGHT = 100;
const STEP = 10;

/** The next 1, 2 or 5 with noughts behind it. */
export function niceTop(value: number): number {
	if (value <= 1) return 1;
	const size = 10 ** Math.floor(Math.log10(value));
	return [1, 2, 5, 10].map((n) => n * size).find((top) => top >= value)!;
}

/** A day between gaps is a dot: a line of no length with round ends. */
function paths(values: (number | undefined)[], top: number): { line: string; dots: string } {
	let line = "";
	let dots = "";
	values.forEach((value, i) => {
		if (value === undefined) return;
		const at = `${(i + 0.5) * STEP} ${(HEIGHT - (value / top) * HEIGHT).toFixed(1)}`;
		const isFirst = values[i - 1] === undefined;
		if (isFirst && values[i + 1] === undefined) dots += `M${at}h0`;
		else line += `${isFirst ? "M" : "L"}${at}`;
	});
	return { line, dots };
}

function Lines({ series, top }: { series: Series[]; top: number }) {
	return (
		<>
			{series.map(({ name, tone, values }) => {
				const { line, dots } = paths(values, top);
				return (
					<g key={name} class={`lines ${tone}`}>
						<path d={line} />
						<path class="dots" d={dots} />
					</g>
				);
			})}
		</>
	);
}

function Columns({ series, top }: { series: Series[]; top: number }) {
	const width = (STEP * 0.8) / series.length;
	return (
		<>
			{series.map(({ name, tone, values }, n) => (
				<g key={name} class={tone}>
					{values.map((value, i) => (
						<rect
							key={i}
							x={i * STEP + STEP * 0.1 + n * width}
							y={HEIGHT - ((value ?? 0) / top) * HEIGHT}
							width={width}
							height={((value ?? 0) / top) * HEIGHT}
						/>
					))}
				</g>
			))}
		</>
	);
}

export function Plot({ label, days, series, kind, most, unit = "" }: PlotProps) {
	const top = most ?? niceTop(Math.max(...series.flatMap(({ values }) => values.map((value) => value ?? 0))));
	const width = Math.max(1, days.length) * STEP;
	const said = (day: string, i: number) =>
		`${day}\n${series.map(({ name, values }) => `${name} ${values[i] === undefined ? "–" : `${values[i]}${unit}`}`).join("\n")}`;
	return (
		<figure class="plot">
			<ul class="legend">
				{series.map(({ name, tone }) => (
					<li key={name} class={tone}>
						{name}
					</li>
				))}
			</ul>
			<div class="plot-scale" aria-hidden="true">
				<span>{`${top}${unit}`}</span>
				<span>{`${top / 2}${unit}`}</span>
				<span>{`0${unit}`}</span>
			</div>
			<svg viewBox={`0 0 ${width} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
				{[0, HEIGHT / 2, HEIGHT].map((y) => (
					<path key={y} class="rule" d={`M0 ${y}H${width}`} />
				))}
				{kind === "columns" ? <Columns series={series} top={top} /> : <Lines series={series} top={top} />}
				{days.map((day, i) => (
					<rect key={day} class="day" x={i * STEP} width={STEP} height={HEIGHT}>
						<title>{said(day, i)}</title>
					</rect>
				))}
			</svg>
			<div class="plot-days" aria-hidden="true">
				<span>{days[0]}</span>
				<span>{days.length > 2 ? days[Math.floor(days.length / 2)] : ""}</span>
				<span>{days.length > 1 ? days.at(-1) : ""}</span>
			</div>
		</figure>
	);
}
