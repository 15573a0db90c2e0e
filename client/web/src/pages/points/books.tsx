/** All points, for the desk and who audits it: that the books balance, every account, and what moved it. */
import { computed, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { AccountJson, LeaderboardRowJson, MovementJson } from "~api";
import { means } from "~/lib/pinyin";
import { call, pages } from "~/lib/rpc";
import { self } from "~/lib/self";
import { loadMembers, memberName } from "~/lib/town";
import { Button } from "~/ui/button";
import { Field } from "~/ui/field";
import { Section, Tiles } from "~/ui/office";
import { text as office } from "~/ui/office_words";
import { Pill } from "~/ui/pill";
import { type Column, saveTable, Table } from "~/ui/table";
import { toastError } from "~/ui/toast";
import { difference, movementColumns } from "./ledger";
import { Ranks } from "./ranks";
import { text } from "./words";

const PAGE = 200;

interface Books {
	issuance: number;
	members: number;
	accounts: number;
}

const accounts = signal<AccountJson[] | undefined>(undefined);
const ranks = signal<LeaderboardRowJson[]>([]);
const books = signal<Books | undefined>(undefined);
const current = signal("");
/** Of the current member, all of them. */
const movements = signal<MovementJson[] | undefined>(undefined);
const query = signal("");
const progress = signal("");

const found = computed(() =>
	(accounts.value ?? []).filter(({ memberId }) => means(query.value, memberName(memberId), memberId ?? "")),
);
const account = computed(() => accounts.value?.find(({ memberId }) => memberId === current.value));

async function readBooks(): Promise<void> {
	const sum: Books = { issuance: 0, members: 0, accounts: 0 };
	for await (const page of pages("PointsService/CheckBalance", {})) {
		sum.issuance += Number(page.issuance ?? 0);
		sum.members += Number(page.members ?? 0);
		sum.accounts += page.accounts ?? 0;
	}
	books.value = sum;
}

async function readAccounts(): Promise<void> {
	const all: AccountJson[] = [];
	for await (const page of pages("PointsService/ListAccounts", { pageSize: PAGE })) all.push(...(page.accounts ?? []));
	accounts.value = all;
}

async function movementsOf(memberId: string): Promise<MovementJson[]> {
	const all: MovementJson[] = [];
	for await (const page of pages("PointsService/ListMovements", { memberId, pageSize: PAGE }))
		all.push(...(page.movements ?? []));
	return all;
}

async function look(memberId: string): Promise<void> {
	current.value = memberId;
	movements.value = undefined;
	const all = memberId ? await movementsOf(memberId) : undefined;
	if (current.value === memberId) movements.value = all;
	document.getElementById("movements")?.focus();
}

/** Every movement of every account; one member after the other, for it may be long. */
async function exportAll(): Promise<void> {
	const all: MovementJson[] = [];
	const list = accounts.value ?? [];
	try {
		for (const [i, { memberId }] of list.entries()) {
			progress.value = text().exporting(i + 1, list.length);
			all.push(...(await movementsOf(memberId!)));
		}
		saveTable(text().files.movements, movementColumns(), all);
	} finally {
		progress.value = "";
	}
}

function Balance() {
	if (!books.value) return null;
	const words = text();
	const { issuance, members, accounts: n } = books.value;
	const sum = issuance + members;
	return (
		<Tiles
			label={words.books}
			tiles={[
				{ name: words.issued, value: String(-issuance) },
				{ name: words.held, value: String(members), note: words.nAccounts(n) },
				{
					name: words.sum,
					value: String(sum),
					note: sum === 0 ? words.balanced : words.unbalanced,
					tone: sum === 0 ? "good" : "danger",
				},
			]}
		/>
	);
}

function accountColumns(): Column<AccountJson>[] {
	const words = text();
	const { columns } = words;
	return [
		{
			name: columns.member,
			value: ({ memberId }) => memberId ?? "",
			show: ({ memberId }) => (
				<button type="button" class="link" onClick={() => void look(memberId!).catch(toastError)}>
					{memberName(memberId)} <span class="mono">{memberId}</span>
				</button>
			),
		},
		{ name: words.available, value: ({ available }) => Number(available ?? 0) },
		{ name: words.provisional, value: ({ provisional }) => Number(provisional ?? 0) },
		{
			name: columns.total,
			value: ({ available, provisional }) => Number(available ?? 0) + Number(provisional ?? 0),
		},
		{ name: columns.ranked, value: ({ leaderboard }) => (leaderboard ? words.yes : words.no) },
	];
}

function Accounts() {
	const words = text();
	return (
		<Section
			title={words.accounts}
			tools={
				<>
					<Button onClick={() => saveTable(words.files.accounts, accountColumns(), accounts.value ?? [])}>
						{office().csv}
					</Button>
					<Button disabled={progress.value !== ""} onClick={() => void exportAll().catch(toastError)}>
						{progress.value || words.exportAll}
					</Button>
				</>
			}
		>
			<Field
				label={words.find}
				type="search"
				placeholder={words.findHint}
				value={query.value}
				onInput={(event) => (query.value = event.currentTarget.value)}
			/>
			{accounts.value ? (
				<Table
					label={words.accounts}
					columns={accountColumns()}
					rows={found.value}
					id={({ memberId }) => memberId ?? ""}
					current={current.value}
					sorted={3}
				/>
			) : (
				<p class="soft">{office().loading}</p>
			)}
		</Section>
	);
}

function Movements() {
	if (!account.value) return null;
	const words = text();
	const off = movements.value ? difference(account.value, movements.value) : 0;
	const name = `${words.files.movements}-${current.value}`;
	return (
		<div id="movements" tabIndex={-1}>
			<Section
				title={words.history(`${memberName(current.value)} ${current.value}`)}
				tools={
					<>
						<Button onClick={() => saveTable(name, movementColumns(), movements.value ?? [])}>{office().csv}</Button>
						<Button kind="quiet" onClick={() => void look("")}>
							{words.close}
						</Button>
					</>
				}
			>
				{movements.value ? (
					<>
						<p>
							<Pill tone={off === 0 ? "good" : "danger"}>{off === 0 ? words.agrees : words.differs(off)}</Pill>
						</p>
						<Table
							label={words.movements}
							columns={movementColumns()}
							rows={movements.value}
							id={({ id }) => id ?? ""}
						/>
					</>
				) : (
					<p class="soft">{office().loading}</p>
				)}
			</Section>
		</div>
	);
}

export function Ledger() {
	const words = text();
	useEffect(() => {
		const read = async () => {
			// The books as a whole are an administrator's of the whole tenant.
			if (self.value.isAdmin) await readBooks().catch(() => undefined);
			await Promise.all([loadMembers(), readAccounts()]);
			ranks.value = (await call("PointsService/ListLeaderboard", { pageSize: PAGE })).rows ?? [];
		};
		read().catch(toastError);
	}, []);
	return (
		<>
			<Balance />
			<Accounts />
			<Movements />
			<Section title={words.ranking}>
				<Ranks rows={ranks.value} name={(id) => `${memberName(id)} ${id}`} />
			</Section>
		</>
	);
}
