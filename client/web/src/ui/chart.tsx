/** Small charts: bars for comparing, a line for a trend. What they show is in their label and in a table beside them. */
export interface Bar {
	name: string;
	value: number;
	/** As text: "92 % (23/25)". */
	text: string;
	tone?: string;
}

export function Bars({ label, bars, most }: { label: string; bars: Bar[]; most?: number }) {
	const top = Math.max(most ?? 0, ...bars.map((bar) => bar.value), 1e-9);
	return (
		<ul class="bars" aria-label={label}>
			{bars.map(({ name, value, text, tone }) => (
				<li key={name}>
					<span class="bar-name">{name}</span>
					<svg class={`bar ${tone ?? ""}`} viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
						<rect class="bar-ground" width="100" height="8" />
						<rect class="bar-fill" width={(value / top) * 100} height="8" />
					</svg>
					<span class="bar-text">{text}</span>
				</li>
			))}
		</ul>
	);
}

const WIDTH = 300;
const HEIGHT = 60;

/** Values from left to right; a gap where there is none. */
export function Trend({ label, values, most }: { label: string; values: (number | undefined)[]; most?: number }) {
	const top = Math.max(most ?? 0, ...values.map((value) => value ?? 0), 1e-9);
	const step = WIDTH / Math.max(1, values.length - 1);
	let path = "";
	values.forEach((value, i) => {
		if (value === undefined) return;
		const pen = path === "" || values[i - 1] === undefined ? "M" : "L";
		path += `${pen}${(i * step).toFixed(1)} ${(HEIGHT - (value / top) * (HEIGHT - 4) - 2).toFixed(1)}`;
	});
	return (
		<svg class="trend" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
			<path d={path} />
		</svg>
	);
}
