/** Points: the balance, where it came from, the ranking for who wants to be ranked, and what was done. */
import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { call } from "~/lib/rpc";
import { clock, ms } from "~/lib/time";
import { attempt } from "~/phone/attempt";
import { orderTitle } from "~/phone/categories";
import { selfId } from "~/phone/session";
import type { AccountJson, LeaderboardRowJson, MovementJson, OrderJson } from "~api";
import { readAtMs } from "./state";
import { text } from "./words";

const PAGE_SIZE = 20;
const RANKS = 10;

const KINDS: Partial<Record<NonNullable<MovementJson["kind"]>, "earned" | "settled" | "bonus" | "reversed">> = {
	MOVEMENT_KIND_EARNED: "earned",
	MOVEMENT_KIND_SETTLED: "settled",
	MOVEMENT_KIND_BONUS: "bonus",
	MOVEMENT_KIND_REVERSED: "reversed",
};

interface Book {
	account: AccountJson;
	movements: MovementJson[];
	ranks: LeaderboardRowJson[];
	done: OrderJson[];
}

async function read(): Promise<Book> {
	const [account, movements, ranks, done] = await Promise.all([
		call("PointsService/GetAccount", {}),
		call("PointsService/ListMovements", { memberId: selfId.value ?? "", pageSize: PAGE_SIZE }),
		call("PointsService/ListLeaderboard", { pageSize: RANKS }),
		call("TaskService/ListTasks", { done: true, pageSize: PAGE_SIZE }),
	]);
	return {
		account: account.account ?? {},
		movements: movements.movements ?? [],
		ranks: ranks.rows ?? [],
		done: done.orders ?? [],
	};
}

function Movements({ movements }: { movements: MovementJson[] }) {
	if (movements.length === 0) return <p class="soft">{text().noMovements}</p>;
	return (
		<ul class="lines">
			{movements.map((movement) => {
				const kind = movement.kind && KINDS[movement.kind];
				const isTaken = movement.kind === "MOVEMENT_KIND_REVERSED";
				return (
					<li key={movement.id}>
						<span class="grow">{kind ? text().kinds[kind] : ""}</span>
						<time class="soft">{clock(ms(movement.atMs))}</time>
						<strong>{`${isTaken ? "−" : "+"}${movement.amount ?? 0}`}</strong>
					</li>
				);
			})}
		</ul>
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

function History({ orders }: { orders: OrderJson[] }) {
	if (orders.length === 0) return <p class="soft">{text().noHistory}</p>;
	return (
		<ul class="lines">
			{orders.map((order) => (
				<li key={order.id}>
					<span class="grow">{orderTitle(order)}</span>
					<time class="soft">{clock(ms(order.completedMs))}</time>
					<span>{order.rating?.stars ? text().stars(order.rating.stars) : text().unrated}</span>
				</li>
			))}
		</ul>
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
	const { account, movements, done } = book.value;
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
				<Movements movements={movements} />
			</section>
			<section class="card">
				<h2>{text().rank}</h2>
				<Ranking book={book} />
			</section>
			<section class="card">
				<h2>{text().history}</h2>
				<History orders={done} />
			</section>
		</>
	);
}
