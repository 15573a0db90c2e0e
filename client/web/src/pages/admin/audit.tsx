/** What people did that somebody may ask about: newest first, page by page, and as a file. */
import { computed, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { AuditEntryJson, OperatorJson } from "~api";
import { call, pages } from "~/lib/rpc";
import { fullTime, ms } from "~/lib/time";
import { categoryName, nodeName } from "~/lib/town";
import { Button } from "~/ui/button";
import { Choice } from "~/ui/field";
import { Section } from "~/ui/office";
import { text as office } from "~/ui/office_words";
import { Pill, type Tone } from "~/ui/pill";
import { type Column, saveTable, Table } from "~/ui/table";
import { toastError } from "~/ui/toast";
import { actorName } from "./state";
import { text } from "./words";

const PAGE = 100;

export const KINDS = [
	"CONTACT_REVEALED",
	"DATA_EXPORTED",
	"DATA_ERASED",
	"RULE_OVERRIDDEN",
	"EXCLUSION_REQUESTED",
	"EXCLUSION_APPROVED",
	"EXCLUSION_REFUSED",
	"EXCLUSION_WITHDRAWN",
	"RATES_RECOUNTED",
	"POLICY_CHANGED",
	"CATEGORY_CHANGED",
	"GRIDS_IMPORTED",
	"UNIT_CHANGED",
	"OPERATOR_CHANGED",
	"KEY_CHANGED",
] as const;
type Kind = (typeof KINDS)[number];

const TONES: Partial<Record<Kind, Tone>> = {
	CONTACT_REVEALED: "accent",
	DATA_EXPORTED: "accent",
	DATA_ERASED: "danger",
	RULE_OVERRIDDEN: "warn",
	EXCLUSION_APPROVED: "warn",
	POLICY_CHANGED: "violet",
	OPERATOR_CHANGED: "violet",
	KEY_CHANGED: "violet",
};

const entries = signal<AuditEntryJson[] | undefined>(undefined);
const next = signal("");
const kind = signal<Kind | "">("");
const people = signal(new Map<string, OperatorJson>());

const kindOf = (entry: AuditEntryJson) => (entry.kind ?? "").replace("AUDIT_KIND_", "") as Kind;
const found = computed(() => (entries.value ?? []).filter((one) => kind.value === "" || kindOf(one) === kind.value));

async function more(): Promise<void> {
	const said = await call("AuditService/ListAudit", { pageSize: PAGE, pageToken: next.value });
	entries.value = [...(entries.value ?? []), ...(said.entries ?? [])];
	next.value = said.nextPageToken ?? "";
}

async function load(): Promise<void> {
	entries.value = undefined;
	next.value = "";
	await more();
	const all = new Map<string, OperatorJson>();
	for await (const page of pages("OperatorService/ListOperators", { pageSize: PAGE }))
		for (const one of page.operators ?? []) all.set(one.id!, one);
	people.value = all;
}

/** An operator by name; who had a key, by whose it is. */
function who(entry: AuditEntryJson): string {
	const name = (id: string | undefined) => {
		const person = people.value.get(id ?? "");
		return person?.displayName || person?.name || "";
	};
	return [name(entry.actor?.id) || name(entry.personId), actorName(entry.actor)].filter(Boolean).join(" · ");
}

function subject(entry: AuditEntryJson): string {
	const id = entry.subjectId ?? "";
	switch (kindOf(entry)) {
		case "POLICY_CHANGED":
			return `${text().policy.version} ${id}`;
		case "CATEGORY_CHANGED":
			return categoryName(id) || id;
		case "GRIDS_IMPORTED":
		case "UNIT_CHANGED":
			return nodeName(id);
		case "OPERATOR_CHANGED":
			return people.value.get(id)?.name ?? id;
		default:
			return id;
	}
}

function columns(): Column<AuditEntryJson>[] {
	const words = text().audit;
	return [
		{ name: words.at, isBrief: true, value: ({ atMs }) => fullTime(ms(atMs)) },
		{
			name: words.what,
			value: (one) => words.kinds[kindOf(one)] ?? "",
			show: (one) => <Pill tone={TONES[kindOf(one)] ?? ""}>{words.kinds[kindOf(one)]}</Pill>,
		},
		{ name: words.who, value: who },
		{ name: words.subject, value: subject },
		{
			name: words.order,
			value: ({ orderId }) => orderId ?? "",
			show: ({ orderId }) => orderId && <a href={`/desk?view=all&id=${orderId}`}>{orderId}</a>,
		},
		{ name: text().reason, value: ({ text: said }) => said ?? "" },
	];
}

/** All that is kept, not only what is shown. */
async function exportAll(): Promise<void> {
	while (next.value !== "") await more();
	saveTable(text().audit.title, columns(), found.value);
}

export function Audit() {
	const words = text().audit;
	useEffect(() => {
		load().catch(toastError);
	}, []);
	return (
		<Section
			title={words.title}
			tools={<Button onClick={() => void exportAll().catch(toastError)}>{office().csv}</Button>}
		>
			<p class="soft">{words.note}</p>
			<div class="tools">
				<Choice
					label={words.what}
					value={kind.value}
					options={[["", text().all], ...KINDS.map((one): [string, string] => [one, words.kinds[one]])]}
					onChoose={(one) => (kind.value = one as Kind)}
				/>
			</div>
			{entries.value ? (
				<Table label={words.title} columns={columns()} rows={found.value} id={({ id }) => id ?? ""} />
			) : (
				<p class="soft">{office().loading}</p>
			)}
			{next.value && (
				<p>
					<Button onClick={() => void more().catch(toastError)}>{words.older}</Button>
				</p>
			)}
		</Section>
	);
}
