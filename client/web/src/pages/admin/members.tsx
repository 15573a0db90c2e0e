/** Members: who they are, what they can do, and whether they take orders now. */
import { computed, signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import type { MemberJson } from "~api";
import { means } from "~/lib/pinyin";
import { call } from "~/lib/rpc";
import { clock, ms, now } from "~/lib/time";
import { loadMembers, members, nodeName, nodes } from "~/lib/town";
import { Button } from "~/ui/button";
import { Choice, Field } from "~/ui/field";
import { FormDialog } from "~/ui/form";
import { Section } from "~/ui/office";
import { text as office } from "~/ui/office_words";
import { Pill } from "~/ui/pill";
import { type Column, saveTable, Table } from "~/ui/table";
import { toast, toastError } from "~/ui/toast";
import { memberKind } from "./member_kind";
import { MemberImport } from "./members_import";
import { text } from "./words";

type Open = "" | "edit" | "pause" | "import";

const DAY_MS = 86_400_000;

const query = signal("");
const grid = signal("");
const open = signal<Open>("");
const current = signal<MemberJson | undefined>(undefined);

const found = computed(() =>
	[...members.value.values()].filter(
		(one) => (grid.value === "" || one.gridId === grid.value) && means(query.value, one.name ?? "", one.id ?? ""),
	),
);

function put(member: MemberJson | undefined): void {
	if (member) members.value = new Map(members.value).set(member.id!, member);
}

function State({ member }: { member: MemberJson }) {
	const words = text().members;
	if (!member.active) return <Pill tone="danger">{words.states.inactive}</Pill>;
	const until = ms(member.pausedUntilMs);
	if (until > now.value) return <Pill tone="warn">{words.pausedUntil(clock(until))}</Pill>;
	return <Pill tone="good">{words.states.active}</Pill>;
}

function stateText(member: MemberJson): string {
	const { states } = text().members;
	if (!member.active) return states.inactive;
	return ms(member.pausedUntilMs) > now.peek() ? states.paused : states.active;
}

function columns(): Column<MemberJson>[] {
	const words = text().members;
	const show = (what: Open, member: MemberJson) => () => {
		current.value = member;
		open.value = what;
	};
	return [
		{
			name: text().name,
			value: (one) => `${one.name ?? ""} ${one.id}`,
			show: (one) => (
				<button type="button" class="link" onClick={show("edit", one)}>
					{one.name} <span class="mono">{one.id}</span>
				</button>
			),
		},
		{ name: words.kind, value: memberKind },
		{ name: words.grid, value: (one) => nodeName(one.gridId) },
		{ name: words.skills, value: (one) => (one.skills ?? []).map(({ name }) => name).join(", ") },
		{ name: words.holding, value: (one) => one.holding ?? 0 },
		{ name: words.done, value: (one) => one.jobsDone ?? 0 },
		{
			name: words.rating,
			value: (one) => Math.round((one.rating ?? 0) * 10) / 10,
			show: (one) => (one.ratings ? `${(one.rating ?? 0).toFixed(1)} (${one.ratings})` : "–"),
		},
		{
			name: words.state,
			value: stateText,
			show: (one) => (
				<span class="row">
					<State member={one} />
					<Button kind="quiet" onClick={show("pause", one)}>
						{ms(one.pausedUntilMs) > now.value ? words.resume : words.pause}
					</Button>
				</span>
			),
		},
	];
}

/** Of a skill that stays, all that was known of it stays. */
function skillsOf(typed: string, member: MemberJson): NonNullable<MemberJson["skills"]> {
	const names = [...new Set(typed.split(/[,，;；\s]+/).filter((name) => name !== ""))];
	return names.map((name) => (member.skills ?? []).find((one) => one.name === name) ?? { name });
}

function Edit({ member, onClose }: { member: MemberJson; onClose: () => void }) {
	const words = text();
	const [gridId, moveTo] = useState(member.gridId ?? "");
	const [skills, setSkills] = useState((member.skills ?? []).map(({ name }) => name).join(", "));
	const [cap, setCap] = useState(String(member.holdingCap ?? 0));
	const [isActive, activate] = useState(member.active ?? false);
	const grids = [...nodes.value.values()].filter(({ kind }) => kind === "NODE_KIND_GRID");
	return (
		<FormDialog
			title={`${member.name} ${member.id}`}
			go={words.save}
			cancel={words.cancel}
			isIncomplete={!/^\d+$/.test(cap)}
			onClose={onClose}
			onSend={async (key) => {
				const changed = {
					id: member.id!,
					etag: member.etag!,
					gridId,
					skills: skillsOf(skills, member),
					holdingCap: Number(cap),
					active: isActive,
				};
				const said = await call(
					"MemberService/UpdateMember",
					{ member: changed, updateMask: "gridId,skills,holdingCap,active" },
					{ key },
				);
				put(said.member);
				toast(words.saved);
			}}
		>
			<Choice
				label={words.members.grid}
				value={gridId}
				options={grids.map((node) => [node.id!, node.name ?? ""])}
				onChoose={moveTo}
			/>
			<Field
				label={words.members.skills}
				value={skills}
				placeholder={words.members.skillsHint}
				data-first
				onInput={(event) => setSkills(event.currentTarget.value)}
			/>
			<p class="soft">{words.members.keepSkills}</p>
			<Field
				label={words.members.cap}
				inputMode="numeric"
				pattern="\d+"
				value={cap}
				onInput={(event) => setCap(event.currentTarget.value)}
			/>
			<label class="row">
				<input type="checkbox" checked={isActive} onChange={(event) => activate(event.currentTarget.checked)} />
				{words.members.active}
			</label>
		</FormDialog>
	);
}

/** What a field of date and time takes: the reader's own clock, without its zone. */
function local(atMs: number): string {
	return new Date(atMs - new Date(atMs).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function Pause({ member, onClose }: { member: MemberJson; onClose: () => void }) {
	const words = text();
	const isPaused = ms(member.pausedUntilMs) > now.peek();
	const [until, setUntil] = useState(local(now.peek() + DAY_MS));
	const [reason, setReason] = useState("");
	const untilMs = isPaused ? 0 : Date.parse(until);
	return (
		<FormDialog
			title={`${isPaused ? words.members.resume : words.members.pause} · ${member.name} ${member.id}`}
			go={isPaused ? words.members.resume : words.members.pause}
			cancel={words.cancel}
			isIncomplete={Number.isNaN(untilMs)}
			onClose={onClose}
			onSend={async (key) => {
				const said = await call(
					"MemberService/PauseMember",
					{ memberId: member.id!, untilMs: String(untilMs), reason },
					{ key },
				);
				put(said.member);
				toast(words.saved);
			}}
		>
			{!isPaused && (
				<Field
					label={words.members.until}
					type="datetime-local"
					value={until}
					data-first
					onInput={(event) => setUntil(event.currentTarget.value)}
				/>
			)}
			<Field
				label={words.reason}
				value={reason}
				maxLength={2000}
				data-first={isPaused}
				onInput={(event) => setReason(event.currentTarget.value)}
			/>
		</FormDialog>
	);
}

function OpenDialog() {
	const close = () => (open.value = "");
	switch (open.value) {
		case "":
			return null;
		case "edit":
			return <Edit member={current.value!} onClose={close} />;
		case "pause":
			return <Pause member={current.value!} onClose={close} />;
		case "import":
			return <MemberImport onClose={close} />;
	}
}

export function Members() {
	const words = text();
	useEffect(() => {
		loadMembers().catch(toastError);
	}, []);
	const grids = [...nodes.value.values()].filter(({ kind }) => kind === "NODE_KIND_GRID");
	return (
		<Section
			title={`${words.members.list} · ${words.members.shown(found.value.length, members.value.size)}`}
			tools={
				<>
					<Button onClick={() => saveTable(words.members.list, columns(), found.value)}>{office().csv}</Button>
					<Button onClick={() => (open.value = "import")}>{words.members.import}</Button>
				</>
			}
		>
			<div class="tools">
				<Field
					label={words.members.find}
					type="search"
					placeholder={words.members.findHint}
					value={query.value}
					onInput={(event) => (query.value = event.currentTarget.value)}
				/>
				<Choice
					label={words.members.grid}
					value={grid.value}
					options={[["", words.all], ...grids.map((node): [string, string] => [node.id!, node.name ?? ""])]}
					onChoose={(id) => (grid.value = id)}
				/>
			</div>
			<Table label={words.members.list} columns={columns()} rows={found.value} id={({ id }) => id ?? ""} />
			<OpenDialog />
		</Section>
	);
}
