/** The org tree, its grids on the map, and new units. */
import { computed, signal } from "@preact/signals";
import { useState } from "preact/hooks";
import type { NodeJson, NodeKindJson } from "~api";
import { outlines } from "~/lib/geojson";
import { call } from "~/lib/rpc";
import { loadNames, nodes } from "~/lib/town";
import { branches } from "~/lib/tree";
import { Button } from "~/ui/button";
import { Choice, Field } from "~/ui/field";
import { FormDialog } from "~/ui/form";
import { type Area, TownMap } from "~/ui/map";
import { Section } from "~/ui/office";
import { Pill } from "~/ui/pill";
import { toast, toastError } from "~/ui/toast";
import { UnitChoice } from "~/ui/unit";
import { GridImport } from "./grids";
import { text } from "./words";

const KINDS: NodeKindJson[] = ["NODE_KIND_DISTRICT", "NODE_KIND_STREET", "NODE_KIND_COMMUNITY", "NODE_KIND_GRID"];

const current = signal("");
const open = signal<"" | "unit" | "import">("");
/** The unit that is being changed, as it was when that began. */
const changed = signal<NodeJson | undefined>(undefined);

const areas = computed(() =>
	[...nodes.value.values()]
		.filter((node) => (node.polygons ?? []).length > 0)
		.map((node): Area => ({ id: node.id!, name: node.name ?? "", polygons: outlines(node) })),
);

export function kindName(kind: NodeKindJson | undefined): string {
	return text().kinds[(kind ?? "").replace("NODE_KIND_", "") as "GRID"] ?? "";
}

function Tree() {
	return (
		<ul class="tree">
			{branches(nodes.value.values()).map(({ node, depth }) => (
				<li key={node.id} style={{ paddingInlineStart: `${depth * 1.25}rem` }}>
					<button
						type="button"
						aria-current={node.id === current.value ? "true" : undefined}
						onClick={() => (current.value = current.value === node.id ? "" : node.id!)}
					>
						<span class="grow">{node.name}</span>
						<span class="mono soft">{node.code}</span>
						<Pill>{kindName(node.kind)}</Pill>
					</button>
				</li>
			))}
		</ul>
	);
}

function Facts({ node }: { node: NodeJson }) {
	const words = text();
	const below = [...nodes.value.values()].filter((one) => one.parentId === node.id);
	const facts: [string, string][] = [
		[words.org.kind, kindName(node.kind)],
		[words.org.code, node.code ?? ""],
		[words.org.phone, node.phone ?? ""],
		[words.org.parent, nodes.value.get(node.parentId ?? "")?.name ?? words.org.top],
		[words.org.below, below.length > 0 ? below.map((one) => one.name).join("、") : words.none],
	];
	return (
		<dl class="facts">
			{facts.map(([name, value]) => (
				<div key={name}>
					<dt>{name}</dt>
					<dd>{value || "–"}</dd>
				</div>
			))}
		</dl>
	);
}

interface Unit {
	name: string;
	code: string;
	phone: string;
}

/** What can be said of a unit, new or not. */
function UnitFields({ unit, change }: { unit: Unit; change: (part: Partial<Unit>) => void }) {
	const words = text();
	return (
		<>
			<Field
				label={words.name}
				value={unit.name}
				maxLength={60}
				required
				data-first
				onInput={(event) => change({ name: event.currentTarget.value })}
			/>
			<Field
				label={words.org.code}
				value={unit.code}
				maxLength={30}
				onInput={(event) => change({ code: event.currentTarget.value })}
			/>
			<Field
				label={words.org.phone}
				type="tel"
				value={unit.phone}
				maxLength={24}
				onInput={(event) => change({ phone: event.currentTarget.value })}
			/>
		</>
	);
}

async function beginChange(nodeId: string): Promise<void> {
	changed.value = (await call("OrgService/GetNode", { nodeId })).node;
}

function ChangeUnit({ node, onClose }: { node: NodeJson; onClose: () => void }) {
	const words = text();
	const { id = "", etag = "", name = "", code = "", phone = "" } = node;
	const [unit, set] = useState<Unit>({ name, code, phone });
	return (
		<FormDialog
			title={words.org.changeUnit(name)}
			go={words.save}
			cancel={words.cancel}
			isIncomplete={unit.name.trim() === ""}
			onClose={onClose}
			onSend={async (key) => {
				await call("OrgService/UpdateNode", { node: { id, etag, ...unit }, updateMask: "name,code,phone" }, { key });
				await loadNames();
				toast(words.saved);
			}}
		>
			<UnitFields unit={unit} change={(part) => set({ ...unit, ...part })} />
		</FormDialog>
	);
}

/** Only units below the one chosen above them can be made; grids come with their outlines, from a file. */
function NewUnit({ onClose }: { onClose: () => void }) {
	const words = text();
	const chosen = nodes.value.get(current.value);
	const [parentId, belongTo] = useState(chosen && chosen.kind !== "NODE_KIND_GRID" ? chosen.id! : "");
	const above = KINDS.indexOf(nodes.value.get(parentId)?.kind ?? "NODE_KIND_UNSPECIFIED");
	const kinds = KINDS.slice(above + 1, -1);
	const [kind, beKind] = useState<NodeKindJson>("NODE_KIND_COMMUNITY");
	const [unit, set] = useState<Unit>({ name: "", code: "", phone: "" });
	return (
		<FormDialog
			title={words.org.addUnit}
			go={words.save}
			cancel={words.cancel}
			isIncomplete={unit.name.trim() === "" || !kinds.includes(kind)}
			onClose={onClose}
			onSend={async (key) => {
				await call("OrgService/CreateNode", { node: { kind, parentId, ...unit } }, { key });
				await loadNames();
				toast(words.saved);
			}}
		>
			<UnitFields unit={unit} change={(part) => set({ ...unit, ...part })} />
			<UnitChoice label={words.org.parent} all={words.org.top} value={parentId} onChoose={belongTo} />
			<Choice
				label={words.org.kind}
				value={kind}
				options={kinds.map((one) => [one, kindName(one)])}
				onChoose={(one) => beKind(one as NodeKindJson)}
			/>
			<p class="soft">{words.org.gridsByImport}</p>
		</FormDialog>
	);
}

export function Org() {
	const words = text();
	const close = () => (open.value = "");
	const node = nodes.value.get(current.value);
	if (open.value === "import") return <GridImport parentId={current.value} onClose={close} />;
	return (
		<div class="two">
			<Section
				title={words.org.tree}
				tools={
					<>
						<Button onClick={() => (open.value = "unit")}>{words.org.addUnit}</Button>
						<Button onClick={() => (open.value = "import")}>{words.grids.title}</Button>
					</>
				}
			>
				<Tree />
				{node && (
					<>
						<Facts node={node} />
						<div class="row">
							<Button onClick={() => void beginChange(node.id!).catch(toastError)}>{words.edit}</Button>
						</div>
					</>
				)}
			</Section>
			<Section title={`${words.org.map} · ${words.org.grids(areas.value.length)}`}>
				<div class="map-box">
					<TownMap
						label={words.org.map}
						areas={areas.value}
						pins={[]}
						currentArea={current.value}
						onArea={(id) => (current.value = id)}
					/>
				</div>
			</Section>
			{open.value === "unit" && <NewUnit onClose={close} />}
			{changed.value && <ChangeUnit node={changed.value} onClose={() => (changed.value = undefined)} />}
		</div>
	);
}
