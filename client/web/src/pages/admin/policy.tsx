/** The policy: what applies, changing it with the differences in view, trying it first, and its versions. */
import { computed, signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import type { PolicyJson, PolicyVersionJson } from "~api";
import { language } from "~/lib/i18n";
import { call, pages } from "~/lib/rpc";
import { fullTime, ms } from "~/lib/time";
import { Button } from "~/ui/button";
import { Dialog } from "~/ui/dialog";
import { Field } from "~/ui/field";
import { FormDialog } from "~/ui/form";
import { Section } from "~/ui/office";
import { text as office } from "~/ui/office_words";
import { Table } from "~/ui/table";
import { toast, toastError } from "~/ui/toast";
import { type Change, changesOf, type Group, read, type Setting, SETTINGS, write } from "./policy_fields";
import { TryOut } from "./policy_try";
import { actorName } from "./state";
import { text } from "./words";

const PAGE = 50;

interface Present {
	policy: PolicyJson;
	version: PolicyVersionJson;
}

const present = signal<Present | undefined>(undefined);
/** As it would be; what is being changed outlives the tab. */
const draft = signal<PolicyJson | undefined>(undefined);
const versions = signal<PolicyVersionJson[]>([]);
const open = signal<"" | "try" | "apply" | "restore" | "compare">("");
const chosen = signal<{ number: number; policy: PolicyJson } | undefined>(undefined);

const changes = computed(() =>
	present.value && draft.value ? changesOf(present.value.policy, draft.value) : ([] as Change[]),
);

async function load(): Promise<void> {
	const said = await call("OrgService/GetPolicy", {});
	const isFirst = changes.peek().length === 0;
	present.value = { policy: said.policy ?? {}, version: said.version ?? {} };
	if (isFirst || !draft.peek()) draft.value = present.value.policy;
	const all: PolicyVersionJson[] = [];
	for await (const page of pages("OrgService/ListPolicyVersions", { pageSize: PAGE }))
		all.push(...(page.versions ?? []));
	versions.value = all;
}

const settingName = (setting: Setting) => (language.value === "zh" ? setting.zh : setting.en);

function shown({ unit }: Setting, value: string): string {
	const words = text().policy;
	if (unit === "flag") return value ? words.yes : words.no;
	return `${value} ${words.units[unit]}`.trim();
}

function Differences({ of }: { of: Change[] }) {
	const words = text().policy;
	if (of.length === 0) return <p class="soft">{words.sameAsNow}</p>;
	return (
		<Table
			label={words.changes(of.length)}
			columns={[
				{ name: words.field, value: ({ group, setting }) => `${words.groups[group]} · ${settingName(setting)}` },
				{ name: words.before, value: ({ setting, before }) => shown(setting, before) },
				{
					name: words.after,
					value: ({ setting, after }) => shown(setting, after),
					show: ({ setting, after }) => <strong>{shown(setting, after)}</strong>,
				},
			]}
			rows={of}
			id={({ setting }) => setting.path}
		/>
	);
}

function One({ setting }: { setting: Setting }) {
	const words = text().policy;
	const value = read(draft.value!, setting);
	const [typed, type] = useState<string>();
	const isChanged = value !== read(present.value!.policy, setting);
	const set = (to: string) => {
		const next = write(draft.value!, setting, to);
		type(next ? undefined : to);
		if (next) draft.value = next;
	};
	const name = `${settingName(setting)}${isChanged ? " *" : ""}`;
	if (setting.unit === "flag")
		return (
			<label class={`row ${isChanged ? "changed" : ""}`}>
				<input
					type="checkbox"
					checked={value !== ""}
					onChange={(event) => set(event.currentTarget.checked ? "1" : "")}
				/>
				{name}
			</label>
		);
	const unit = words.units[setting.unit];
	return (
		<Field
			label={unit ? `${name} (${unit})` : name}
			inputMode="decimal"
			value={typed ?? value}
			wrong={typed === undefined ? undefined : words.wrong}
			onInput={(event) => set(event.currentTarget.value)}
		/>
	);
}

function Settings() {
	return (
		<div class="settings">
			{(Object.keys(SETTINGS) as Group[]).map((group) => (
				<fieldset key={group}>
					<legend>{text().policy.groups[group]}</legend>
					{SETTINGS[group].map((setting) => (
						<One key={setting.path} setting={setting} />
					))}
				</fieldset>
			))}
		</div>
	);
}

function Apply({ onClose }: { onClose: () => void }) {
	const words = text();
	const [reason, say] = useState("");
	return (
		<FormDialog
			title={words.policy.changes(changes.value.length)}
			go={words.policy.apply}
			cancel={words.cancel}
			isWide
			onClose={onClose}
			onSend={async (key) => {
				const policy = { ...draft.value!, etag: present.value!.policy.etag ?? "" };
				const said = await call("OrgService/PutPolicy", { policy, reason }, { key });
				present.value = { policy: said.policy ?? {}, version: said.version ?? {} };
				draft.value = present.value.policy;
				toast(words.saved);
				await load();
			}}
		>
			<Differences of={changes.value} />
			<Field
				label={words.reason}
				value={reason}
				maxLength={2000}
				data-first
				onInput={(event) => say(event.currentTarget.value)}
			/>
		</FormDialog>
	);
}

function Restore({ onClose }: { onClose: () => void }) {
	const words = text();
	const [reason, say] = useState("");
	const { number, policy } = chosen.value!;
	return (
		<FormDialog
			title={words.policy.restoreTitle(number)}
			go={words.policy.restore}
			cancel={words.cancel}
			isWide
			onClose={onClose}
			onSend={async (key) => {
				const etag = present.value!.policy.etag ?? "";
				await call("OrgService/RestorePolicy", { version: number, reason, etag }, { key });
				draft.value = undefined;
				toast(words.saved);
				await load();
			}}
		>
			<Differences of={changesOf(present.value!.policy, policy)} />
			<Field
				label={words.reason}
				value={reason}
				maxLength={2000}
				data-first
				onInput={(event) => say(event.currentTarget.value)}
			/>
		</FormDialog>
	);
}

function Compare({ onClose }: { onClose: () => void }) {
	const words = text();
	const { number, policy } = chosen.value!;
	return (
		<Dialog title={`${words.policy.version} ${number}`} isWide onClose={onClose} onSubmit={onClose}>
			<Differences of={changesOf(present.value!.policy, policy)} />
			<div class="ends">
				<Button kind="main" submit data-first>
					{words.close}
				</Button>
			</div>
		</Dialog>
	);
}

async function choose(number: number, what: "restore" | "compare"): Promise<void> {
	const said = await call("OrgService/GetPolicy", { version: number });
	chosen.value = { number, policy: said.policy ?? {} };
	open.value = what;
}

function History() {
	const words = text().policy;
	const act = (number: number, what: "restore" | "compare") => () => void choose(number, what).catch(toastError);
	return (
		<Section title={words.history}>
			<Table
				label={words.history}
				columns={[
					{ name: words.version, value: ({ number }) => number ?? 0 },
					{ name: words.at, isBrief: true, value: ({ atMs }) => fullTime(ms(atMs)) },
					{ name: words.by, value: ({ by }) => actorName(by) },
					{
						name: text().reason,
						value: ({ reason, restored }) => [restored && words.restored(restored), reason].filter(Boolean).join(" · "),
						show: ({ reason, restored, number }) => (
							<span class="row">
								<span class="grow">{[restored && words.restored(restored), reason].filter(Boolean).join(" · ")}</span>
								{number !== present.value?.version.number && (
									<>
										<Button kind="quiet" onClick={act(number!, "compare")}>
											{words.compare}
										</Button>
										<Button kind="quiet" onClick={act(number!, "restore")}>
											{words.restore}
										</Button>
									</>
								)}
							</span>
						),
					},
				]}
				rows={versions.value}
				id={({ number }) => String(number)}
			/>
		</Section>
	);
}

export function PolicyTab() {
	const words = text();
	useEffect(() => {
		load().catch(toastError);
	}, []);
	const close = () => (open.value = "");
	if (!present.value || !draft.value) return <p class="soft">{office().loading}</p>;
	const { number, atMs } = present.value.version;
	const n = changes.value.length;
	return (
		<>
			<Section title={words.policy.current(number ?? 1, fullTime(ms(atMs)))}>
				<Settings />
				<div class="sticky-ends">
					<strong role="status">{n > 0 ? words.policy.changes(n) : words.policy.noChanges}</strong>
					<span class="grow" />
					<Button disabled={n === 0} onClick={() => (open.value = "try")}>
						{words.policy.tryOut}
					</Button>
					<Button disabled={n === 0} onClick={() => (draft.value = present.value!.policy)}>
						{words.policy.discard}
					</Button>
					<Button kind="main" disabled={n === 0} onClick={() => (open.value = "apply")}>
						{words.policy.apply}
					</Button>
				</div>
			</Section>
			<History />
			{open.value === "try" && <TryOut policy={draft.value} changes={changes.value} onClose={close} />}
			{open.value === "apply" && <Apply onClose={close} />}
			{open.value === "restore" && <Restore onClose={close} />}
			{open.value === "compare" && <Compare onClose={close} />}
		</>
	);
}
