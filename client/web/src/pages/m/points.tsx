/** Points: the balance, where it came from, the ranking for who wants to be ranked, and what was done. */
import { type Signal, useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import { call } from "~/lib/rpc";
import { clock, ms } from "~/lib/time";
import { attempt } from "~/phone/attempt";
import { orderTitle } from "~/phone/categories";
import { selfId } from "~/phone/session";
import { text as phoneText } from "~/phone/words";
import { Button } from "~/ui/button";
import type { AccountJson, LeaderboardRowJson, MovementJson, OrderJson } from "~api";
import { readAtMs } from "./state";
import { text } from "./words";

const PAGE_SIZE = 20;
const MOST_ROWS = 200;
const RANKS = 10;

const KINDS: Partial<Record<NonNullable<MovementJson["kind"]>, "earned" | "settled" | "bonus" | "reversed">> = {
	MOVEMENT_KIND_EARNED: "earned",
	MOVEMENT_KIND_SETTLED: "settled",
	MOVEMENT_KIND_BONUS: "bonus",
	MOVEMENT_KIND_REVERSED: "reversed",
};

interface Book {
	account: AccountJson;
	ranks: LeaderboardRowJson[];
}

async function read(): Promise<Book> {
	const [account, ranks] = await Promise.all([
		call("PointsService/GetAccount", {}),
		call("PointsService/ListLeaderboard", { pageSize: RANKS }),
	]);
	return { account: account.account ?? {}, ranks: ranks.rows ?? [] };
}

interface HistoryProps<T> {
	none: string;
	read: (page: { pageSize: number; pageToken: string }) => Promise<[rows: T[] | undefined, next: string | undefined]>;
	row: (one: T) => VNode;
}

/** The newest, and what was before when it is asked for. Read anew, it is as long as it was. */
function History<T>({ none, read, row }: HistoryProps<T>) {
	const rows = useSignal<T[] | undefined>(undefined);
	const next = useSignal("");
	const load = (pageToken: string) =>
		attempt(async () => {
			const there = rows.value ?? [];
			const old = pageToken ? there : [];
			const pageSize = pageToken ? PAGE_SIZE : Math.min(MOST_ROWS, Math.max(PAGE_SIZE, there.length));
			const [more = [], then = ""] = await read({ pageSize, pageToken });
			rows.value = [...old, ...more];
			next.value = then;
		});
	useEffect(() => void load(""), [readAtMs.value]);
	if (!rows.value) return null;
	if (rows.value.length === 0) return <p class="soft">{none}</p>;
	return (
		<>
			<ul class="lines">{rows.value.map(row)}</ul>
			{next.value && <Button onClick={() => load(next.value)}>{phoneText().more}</Button>}
		</>
	);
}

function movementRow({ id, kind, atMs, amount }: MovementJson) {
	const named = kind && KINDS[kind];
	return (
		<li key={id}>
			<span class="grow">{named ? text().kinds[named] : ""}</span>
			<time class="soft">{clock(ms(atMs))}</time>
			<strong>{`${kind === "MOVEMENT_KIND_REVERSED" ? "−" : "+"}${amount ?? 0}`}</strong>
		</li>
	);
}

function doneRow(order: OrderJson) {
	return (
		<li key={order.id}>
			<span class="grow">{orderTitle(order)}</span>
			<time class="soft">{clock(ms(order.completedMs))}</time>
			<span>{order.rating?.stars ? text().stars(order.rating.stars) : text().unrated}</span>
		</li>
	);
}

function Ranking({ book }: { book: Signal<Book | undefined> }) {
	const { account, ranks } = book.value!;
	const choose = (optIn: boolean) =>
		attempt(async () => {
			await call("PointsService/SetLeaderboardOptIn", { memberId: selfId.value ?? "", optIn });
			book.value = await read();
		});
	return (
		<>
			<label class="switch">
				<input
					type="checkbox"
					checked={account.leaderboard ?? false}
					onChange={(event) => choose(event.currentTarget.checked)}
				/>
				<span class="grow">{text().ranking}</span>
			</label>
			{ranks.length > 0 && (
				<ol class="lines">
					{ranks.map((row) => (
						<li key={row.memberId}>
							<strong>{row.rank}</strong>
							<span class="grow">
								{row.memberId === selfId.value ? text().rankMe : text().rankOther(row.memberId ?? "")}
							</span>
							<strong>{row.points ?? 0}</strong>
						</li>
					))}
				</ol>
			)}
		</>
	);
}

export function Points() {
	const book = useSignal<Book | undefined>(undefined);
	useEffect(() => {
		void attempt(async () => {
			book.value = await read();
		});
	}, [readAtMs.value]);
	if (book.value === undefined) return null;
	const { account } = book.value;
	return (
		<>
			<dl class="figures">
				<div>
					<dt>{text().available}</dt>
					<dd data-points>{account.available ?? "0"}</dd>
				</div>
				<div>
					<dt>{text().provisional}</dt>
					<dd>{account.provisional ?? "0"}</dd>
				</div>
			</dl>
			<section class="card">
				<h2>{text().movements}</h2>
				<History
					none={text().noMovements}
					row={movementRow}
					read={async (page) => {
						const said = await call("PointsService/ListMovements", { memberId: selfId.value ?? "", ...page });
						return [said.movements, said.nextPageToken];
					}}
				/>
			</section>
			<section class="card">
				<h2>{text().rank}</h2>
				<Ranking book={book} />
			</section>
			<section class="card">
				<h2>{text().history}</h2>
				<History
					none={text().noHistory}
					row={doneRow}
					read={async (page) => {
						const said = await call("TaskService/ListTasks", { done: true, ...page });
						return [said.orders, said.nextPageToken];
					}}
				/>
			</section>
		</>
	);
}
