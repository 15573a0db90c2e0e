/** Accounts of the people at desks: who may sign in, as what, and for which part of the tree. */
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import type { OperatorJson, RoleJson } from "~api";
import { call, pages } from "~/lib/rpc";
import { self } from "~/lib/self";
import { fullTime, ms } from "~/lib/time";
import { nodeName } from "~/lib/town";
import { Button } from "~/ui/button";
import { Dialog } from "~/ui/dialog";
import { Choice, Field } from "~/ui/field";
import { FormDialog } from "~/ui/form";
import { Section } from "~/ui/office";
import { Pill } from "~/ui/pill";
import { type Column, Table } from "~/ui/table";
import { toast, toastError } from "~/ui/toast";
import { UnitChoice } from "~/ui/unit";
import { text } from "./words";

const PAGE = 200;
const ROLES = ["OPERATOR", "ADMIN"] as const;

const operators = signal<OperatorJson[]>([]);
const adds = signal(false);
const editing = signal<OperatorJson | undefined>(undefined);
const resetting = signal<OperatorJson | undefined>(undefined);
/** Shown once: it is kept nowhere else. */
const invite = signal<{ link: string; untilMs: number } | undefined>(undefined);

async function load(): Promise<void> {
	const all: OperatorJson[] = [];
	for await (const page of pages("OperatorService/ListOperators", { pageSize: PAGE }))
		all.push(...(page.operators ?? []));
	operators.value = all;
}

function show(said: { invite?: string; inviteExpiresMs?: string }): void {
	if (said.invite) invite.value = { link: `${location.origin}/desk#${said.invite}`, untilMs: ms(said.inviteExpiresMs) };
}

function Add({ onClose }: { onClose: () => void }) {
	const words = text();
	const [name, setName] = useState("");
	const [displayName, setDisplay] = useState("");
	const [role, be] = useState<RoleJson>("ROLE_OPERATOR");
	const [nodeId, at] = useState("");
	return (
		<FormDialog
			title={words.accounts.add}
			go={words.save}
			cancel={words.cancel}
			isIncomplete={name.length < 2}
			onClose={onClose}
			onSend={async (key) => {
				const operator = { name, displayName, assignments: [{ role, nodeId }] };
				show(await call("OperatorService/CreateOperator", { operator }, { key }));
				await load();
			}}
		>
			<Field
				label={words.accounts.login}
				value={name}
				maxLength={32}
				required
				data-first
				autoComplete="off"
				onInput={(event) => setName(event.currentTarget.value)}
			/>
			<Field
				label={words.accounts.display}
				value={displayName}
				maxLength={60}
				autoComplete="off"
				onInput={(event) => setDisplay(event.currentTarget.value)}
			/>
			<Choice
				label={words.accounts.role}
				value={role}
				options={ROLES.map((one) => [`ROLE_${one}`, words.accounts.roles[one]])}
				onChoose={(one) => be(one as RoleJson)}
			/>
			<UnitChoice label={words.accounts.unit} all={words.all} value={nodeId} onChoose={at} />
		</FormDialog>
	);
}

function Edit({ operator, onClose }: { operator: OperatorJson; onClose: () => void }) {
	const words = text();
	const [displayName, setDisplay] = useState(operator.displayName ?? "");
	const [disabled, disable] = useState(operator.disabled ?? false);
	const isSelf = operator.id === self.value.id;
	return (
		<FormDialog
			title={`${words.edit} · ${operator.name}`}
			go={words.save}
			cancel={words.cancel}
			onClose={onClose}
			onSend={async (key) => {
				const changed = { id: operator.id!, etag: operator.etag!, displayName, disabled };
				const updateMask = isSelf ? "displayName" : "displayName,disabled";
				await call("OperatorService/UpdateOperator", { operator: changed, updateMask }, { key });
				toast(words.saved);
				await load();
			}}
		>
			<Field
				label={words.accounts.display}
				value={displayName}
				maxLength={60}
				data-first
				onInput={(event) => setDisplay(event.currentTarget.value)}
			/>
			{isSelf ? (
				<p class="soft">{words.accounts.self}</p>
			) : (
				<label class="row">
					<input type="checkbox" checked={disabled} onChange={(event) => disable(event.currentTarget.checked)} />
					{words.accounts.disable}
				</label>
			)}
		</FormDialog>
	);
}

function Reset({ operator, onClose }: { operator: OperatorJson; onClose: () => void }) {
	const words = text();
	return (
		<FormDialog
			title={`${words.accounts.reset} · ${operator.name}`}
			go={words.accounts.reset}
			cancel={words.cancel}
			isDangerous
			onClose={onClose}
			onSend={async (key) => {
				show(await call("OperatorService/ResetOperator", { operatorId: operator.id! }, { key }));
				await load();
			}}
		>
			<p>{words.accounts.resetNote}</p>
		</FormDialog>
	);
}

function Invite() {
	const words = text();
	const close = () => (invite.value = undefined);
	const { link, untilMs } = invite.value!;
	return (
		<Dialog title={words.accounts.invite} onClose={close} onSubmit={close}>
			<p>{words.accounts.inviteNote(fullTime(untilMs))}</p>
			<p class="mono secret">{link}</p>
			<div class="ends">
				<Button
					data-first
					onClick={() => {
						navigator.clipboard.writeText(link).then(() => toast(words.policy.copied), toastError);
					}}
				>
					{words.accounts.copy}
				</Button>
				<Button kind="main" submit>
					{words.close}
				</Button>
			</div>
		</Dialog>
	);
}

function assignments({ assignments: all }: OperatorJson): string {
	const words = text();
	const name = (role: RoleJson | undefined) => words.accounts.roles[(role ?? "").replace("ROLE_", "") as "ADMIN"] ?? "";
	return (all ?? []).map(({ role, nodeId }) => `${name(role)} · ${nodeId ? nodeName(nodeId) : words.all}`).join("、");
}

function columns(): Column<OperatorJson>[] {
	const words = text().accounts;
	const state = (one: OperatorJson) => (one.disabled ? words.disabled : one.invited ? words.invited : words.active);
	return [
		{
			name: words.login,
			value: ({ name }) => name ?? "",
			show: (one) => (
				<button type="button" class="link" onClick={() => (editing.value = one)}>
					{one.name}
				</button>
			),
		},
		{ name: words.display, value: ({ displayName }) => displayName ?? "" },
		{ name: words.unit, value: assignments },
		{
			name: words.last,
			isBrief: true,
			value: ({ lastLoginMs }) => (ms(lastLoginMs) ? fullTime(ms(lastLoginMs)) : words.never),
		},
		{
			name: words.state,
			value: state,
			show: (one) => (
				<span class="row">
					<Pill tone={one.disabled ? "danger" : one.invited ? "warn" : "good"}>{state(one)}</Pill>
					{one.secondFactor && <Pill>{words.factor}</Pill>}
					{one.id !== self.value.id && (
						<Button kind="quiet" onClick={() => (resetting.value = one)}>
							{words.reset}
						</Button>
					)}
				</span>
			),
		},
	];
}

export function Accounts() {
	const words = text();
	useEffect(() => {
		load().catch(toastError);
	}, []);
	return (
		<Section
			title={words.accounts.list}
			tools={<Button onClick={() => (adds.value = true)}>{words.accounts.add}</Button>}
		>
			<Table label={words.accounts.list} columns={columns()} rows={operators.value} id={({ id }) => id ?? ""} />
			{adds.value && <Add onClose={() => (adds.value = false)} />}
			{editing.value && <Edit operator={editing.value} onClose={() => (editing.value = undefined)} />}
			{resetting.value && <Reset operator={resetting.value} onClose={() => (resetting.value = undefined)} />}
			{invite.value && <Invite />}
		</Section>
	);
}
