/** Categories: what can be ordered, how urgent it is, who may serve it, and what that earns. */
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import type { CategoryJson, PointsRuleJson, SlotSpecJson, UrgencyJson } from "~api";
import { call } from "~/lib/rpc";
import { categories, categoryName } from "~/lib/town";
import { Button } from "~/ui/button";
import { Area, Choice, Field } from "~/ui/field";
import { FormDialog } from "~/ui/form";
import { Section } from "~/ui/office";
import { text as office } from "~/ui/office_words";
import { Pill } from "~/ui/pill";
import { type Column, saveTable, Table } from "~/ui/table";
import { toast } from "~/ui/toast";
import { text } from "./words";

const URGENCIES = ["DANGER", "URGENT", "NORMAL", "COMPLEX"] as const;
const FLAGS = ["twoPerson", "private", "complaint", "codeRequired"] as const;
const POINTS = [
	["perOrder", "perOrder"],
	["perQuarterHour", "perQuarter"],
	["ratingBonus", "bonus"],
	["dailyCap", "cap"],
] as const;

const open = signal<CategoryJson | undefined>(undefined);

function slotText({ skill, optionalSkill }: SlotSpecJson): string {
	return `${skill ?? ""}${optionalSkill ? "?" : ""}`;
}

function slotsOf(typed: string): SlotSpecJson[] {
	return typed.split("\n").map((line) => {
		const skill = line.trim().replace(/[?？]$/, "");
		return { skill, optionalSkill: skill !== line.trim() };
	});
}

function columns(): Column<CategoryJson>[] {
	const words = text().categories;
	const flags = (one: CategoryJson) => FLAGS.filter((flag) => one[flag]).map((flag) => words.flagNames[flag]);
	return [
		{
			name: text().name,
			value: (one) => categoryName(one.id),
			show: (one) => (
				<button type="button" class="link" onClick={() => (open.value = one)}>
					{categoryName(one.id)}
				</button>
			),
		},
		{ name: words.code, value: ({ code }) => code ?? "" },
		{
			name: words.urgency,
			value: ({ urgency }) => words.urgencies[(urgency ?? "").replace("URGENCY_", "") as "NORMAL"] ?? "",
		},
		{ name: words.people, value: ({ slots }) => slots?.length ?? 1 },
		{
			name: words.skills,
			value: ({ slots }) =>
				(slots ?? [])
					.map(slotText)
					.filter((one) => one !== "")
					.join(", "),
		},
		{ name: words.points, value: ({ points }) => (points?.none ? 0 : (points?.perOrder ?? 0)) },
		{
			name: words.flags,
			value: (one) => flags(one).join(", "),
			show: (one) => flags(one).map((name) => <Pill key={name}>{name}</Pill>),
		},
	];
}

function PointsFields({ points, onChange }: { points: PointsRuleJson; onChange: (points: PointsRuleJson) => void }) {
	const words = text().categories;
	return (
		<fieldset>
			<legend>{words.points}</legend>
			<label class="row">
				<input
					type="checkbox"
					checked={points.none ?? false}
					onChange={(event) => onChange({ ...points, none: event.currentTarget.checked })}
				/>
				{words.noPoints}
			</label>
			{!points.none && (
				<div class="tools">
					{POINTS.map(([field, name]) => (
						<Field
							key={field}
							label={words[name]}
							type="number"
							inputMode="numeric"
							value={String(points[field] ?? 0)}
							onInput={(event) => onChange({ ...points, [field]: event.currentTarget.valueAsNumber || 0 })}
						/>
					))}
				</div>
			)}
		</fieldset>
	);
}

function Edit({ category, onClose }: { category: CategoryJson; onClose: () => void }) {
	const words = text();
	const [one, change] = useState(category);
	const [slots, setSlots] = useState((category.slots ?? [{}]).map(slotText).join("\n"));
	const set = (field: "code" | "nameZh" | "nameEn") => (event: { currentTarget: HTMLInputElement }) =>
		change({ ...one, [field]: event.currentTarget.value });
	return (
		<FormDialog
			title={words.categories.title(categoryName(category.id))}
			go={words.save}
			cancel={words.cancel}
			isWide
			isIncomplete={!one.code || !one.nameZh}
			onClose={onClose}
			onSend={async (key) => {
				const said = await call("OrgService/PutCategory", { category: { ...one, slots: slotsOf(slots) } }, { key });
				if (said.category) categories.value = new Map(categories.value).set(said.category.id!, said.category);
				toast(words.saved);
			}}
		>
			<div class="tools">
				<Field
					label={words.categories.zh}
					value={one.nameZh ?? ""}
					maxLength={60}
					required
					data-first
					onInput={set("nameZh")}
				/>
				<Field label={words.categories.en} value={one.nameEn ?? ""} maxLength={60} onInput={set("nameEn")} />
				<Field label={words.categories.code} value={one.code ?? ""} maxLength={30} required onInput={set("code")} />
				<Choice
					label={words.categories.urgency}
					value={one.urgency ?? "URGENCY_NORMAL"}
					options={URGENCIES.map((name) => [`URGENCY_${name}`, words.categories.urgencies[name]])}
					onChoose={(urgency) => change({ ...one, urgency: urgency as UrgencyJson })}
				/>
			</div>
			<Area
				label={words.categories.slots}
				rows={3}
				value={slots}
				onInput={(event) => setSlots(event.currentTarget.value)}
			/>
			<PointsFields points={one.points ?? {}} onChange={(points) => change({ ...one, points })} />
			<fieldset>
				<legend>{words.categories.flags}</legend>
				{FLAGS.map((flag) => (
					<label key={flag} class="row">
						<input
							type="checkbox"
							checked={one[flag] ?? false}
							onChange={(event) => change({ ...one, [flag]: event.currentTarget.checked })}
						/>
						{words.categories[flag]}
					</label>
				))}
			</fieldset>
		</FormDialog>
	);
}

export function Categories() {
	const words = text();
	const all = [...categories.value.values()];
	return (
		<Section
			title={words.categories.list}
			tools={
				<>
					<Button onClick={() => saveTable(words.categories.list, columns(), all)}>{office().csv}</Button>
					<Button onClick={() => (open.value = { urgency: "URGENCY_NORMAL" })}>{words.add}</Button>
				</>
			}
		>
			<Table label={words.categories.list} columns={columns()} rows={all} id={({ id }) => id ?? ""} />
			{open.value && <Edit key={open.value.id ?? ""} category={open.value} onClose={() => (open.value = undefined)} />}
		</Section>
	);
}
