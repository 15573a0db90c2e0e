/** Importing grids: what the file would change is shown, on the map and as a list, before anything is. */
import { useMemo, useRef, useState } from "preact/hooks";
import { areaM2, compareGrids, type Difference, type GridFile, outlines, readGrids } from "~/lib/geojson";
import { say } from "~/lib/errors";
import { call, newKey } from "~/lib/rpc";
import { loadNames, nodes } from "~/lib/town";
import { Button } from "~/ui/button";
import { type Area, TownMap } from "~/ui/map";
import { Section } from "~/ui/office";
import { Pill, type Tone } from "~/ui/pill";
import { Table } from "~/ui/table";
import { toast } from "~/ui/toast";
import { UnitChoice } from "~/ui/unit";
import { text } from "./words";

/** So many the broker takes at once. */
const BATCH = 500;
const TONES: Record<Difference["fate"], Tone> = { added: "good", changed: "warn", same: "", kept: "" };

/** What stays lies below, then what was, then what comes. */
function areasOf(differences: Difference[]): Area[] {
	const found: Area[] = [];
	const add = (one: Difference, which: "before" | "after", tone: string) => {
		const node = one[which];
		if (node)
			found.push({
				id: `${which} ${one.code}`,
				name: which === "before" && tone === "was" ? "" : one.code,
				polygons: outlines(node),
				tone,
			});
	};
	for (const one of differences) if (one.fate === "same" || one.fate === "kept") add(one, "before", "faint");
	for (const one of differences) if (one.fate === "changed") add(one, "before", "was");
	for (const one of differences) if (one.fate === "changed") add(one, "after", "changed");
	for (const one of differences) if (one.fate === "added") add(one, "after", "added");
	return found;
}

function hectares(one: Difference): string {
	const ha = (node: Difference["before"]) => (areaM2(node!) / 10_000).toFixed(2);
	if (one.before && one.after && one.outline) return `${ha(one.before)} → ${ha(one.after)} ha`;
	return `${ha(one.after ?? one.before)} ha`;
}

function whatChanged(one: Difference): string {
	const words = text().grids;
	if (one.clash) return words.clash;
	if (one.fate !== "changed") return "";
	return [one.outline && words.outline, one.name && words.name, one.parent && words.parent].filter(Boolean).join("、");
}

function Differences({ differences, current }: { differences: Difference[]; current: string }) {
	const words = text();
	const shown = differences.filter(({ fate }) => fate !== "same");
	return (
		<Table
			label={words.grids.differences}
			columns={[
				{ name: words.org.code, value: ({ code }) => code },
				{ name: words.name, value: ({ after, before }) => after?.name ?? before?.name ?? "" },
				{
					name: words.grids.differences,
					value: ({ fate }) => words.grids.fate[fate],
					show: (one) => (
						<>
							<Pill tone={one.clash ? "danger" : TONES[one.fate]}>{words.grids.fate[one.fate]}</Pill> {whatChanged(one)}
						</>
					),
				},
				{ name: words.grids.area, value: hectares },
			]}
			rows={shown}
			id={({ code }) => code}
			current={current}
		/>
	);
}

function Problems({ file }: { file: GridFile }) {
	const words = text().grids;
	if (file.wrong.length === 0) return null;
	return (
		<div role="alert" class="wrong">
			<ul>
				{file.wrong.map(({ at, problem }) => (
					<li key={at}>{`${words.wrongAt(at)}: ${words.problems[problem]}`}</li>
				))}
			</ul>
			<p>{words.outside}</p>
		</div>
	);
}

function Legend() {
	const words = text().grids.legend;
	return (
		<ul class="map-legend">
			{(["added", "before", "after", "same"] as const).map((name) => (
				<li key={name} class={name}>
					{words[name]}
				</li>
			))}
		</ul>
	);
}

/** Only what differs is sent, in batches; what was applied before one is refused is seen as no difference any more. */
async function apply(differences: Difference[], parentId: string, key: string): Promise<void> {
	const grids = differences.filter(({ fate }) => fate === "added" || fate === "changed").map(({ after }) => after!);
	let created = 0;
	let replaced = 0;
	for (let at = 0; at < grids.length; at += BATCH) {
		const said = await call(
			"OrgService/ImportGrids",
			{ parentId, grids: grids.slice(at, at + BATCH) },
			{ key: `${key}-${at}`, deadlineMs: 60_000 },
		);
		created += said.created ?? 0;
		replaced += said.replaced ?? 0;
	}
	toast(text().grids.applied(created, replaced));
}

export function GridImport({ parentId: first, onClose }: { parentId: string; onClose: () => void }) {
	const words = text();
	const [file, take] = useState<GridFile>();
	const [parentId, under] = useState(nodes.value.get(first)?.kind === "NODE_KIND_GRID" ? "" : first);
	const [current, look] = useState("");
	const [wrong, blame] = useState("");
	const [busy, work] = useState(false);
	const key = useRef(newKey());
	const differences = useMemo(
		() => compareGrids(nodes.value.values(), file?.grids ?? [], parentId),
		[file, parentId, nodes.value],
	);
	const count = (fate: Difference["fate"]) => differences.filter((one) => one.fate === fate).length;
	const changes = count("added") + count("changed");
	const isReady =
		file !== undefined && file.wrong.length === 0 && changes > 0 && !differences.some(({ clash }) => clash);
	const go = async () => {
		work(true);
		blame("");
		try {
			await apply(differences, parentId, key.current);
			await loadNames();
			onClose();
		} catch (error) {
			key.current = newKey();
			blame(say(error));
			await loadNames().catch(() => undefined);
		}
		work(false);
	};
	return (
		<Section
			title={words.grids.title}
			tools={
				<Button kind="quiet" onClick={onClose}>
					{words.cancel}
				</Button>
			}
		>
			<div class="tools">
				<label class="field grow">
					<span>{words.grids.file}</span>
					<input
						type="file"
						accept=".geojson,.json,application/geo+json,application/json"
						onChange={async (event) => {
							const [chosen] = event.currentTarget.files ?? [];
							if (chosen) take(readGrids(await chosen.text()));
						}}
					/>
				</label>
				<UnitChoice label={words.grids.under} all={words.org.top} value={parentId} onChoose={under} />
			</div>
			{file && (
				<>
					<Problems file={file} />
					<p role="status">
						<strong>{words.grids.counts(count("added"), count("changed"), count("same"), count("kept"))}</strong>
						{changes === 0 && ` · ${words.grids.nothing}`}
					</p>
					<div class="two">
						<div class="stack">
							<div class="map-box">
								<TownMap
									label={words.grids.differences}
									areas={areasOf(differences)}
									pins={[]}
									onArea={(id) => look(id.split(" ")[1] ?? "")}
								/>
							</div>
							<Legend />
						</div>
						<Differences differences={differences} current={current} />
					</div>
					{wrong && (
						<p class="wrong" role="alert">
							{wrong}
						</p>
					)}
					<div class="row">
						<Button kind="main" disabled={!isReady || busy} onClick={() => void go()}>
							{words.grids.apply(changes)}
						</Button>
					</div>
				</>
			)}
		</Section>
	);
}
