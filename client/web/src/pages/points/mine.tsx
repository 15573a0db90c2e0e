/** A member's own points: the balance, where it came from, and the ranking for who wants to be ranked. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { AccountJson, LeaderboardRowJson, MovementJson } from "~api";
import { call } from "~/lib/rpc";
import { selfId } from "~/phone/session";
import { Button } from "~/ui/button";
import { Section, Tiles } from "~/ui/office";
import { text as office } from "~/ui/office_words";
import { saveTable, Table } from "~/ui/table";
import { toastError } from "~/ui/toast";
import { movementColumns } from "./ledger";
import { Ranks } from "./ranks";
import { text } from "./words";

const PAGE = 40;

export function Mine() {
	const words = text();
	const account = useSignal<AccountJson | undefined>(undefined);
	const movements = useSignal<MovementJson[]>([]);
	const next = useSignal("");
	const ranks = useSignal<LeaderboardRowJson[]>([]);
	const more = async () => {
		const said = await call("PointsService/ListMovements", {
			memberId: selfId.value ?? "",
			pageSize: PAGE,
			pageToken: next.value,
		});
		movements.value = [...movements.value, ...(said.movements ?? [])];
		next.value = said.nextPageToken ?? "";
	};
	const readRanks = async () => {
		ranks.value = (await call("PointsService/ListLeaderboard", { pageSize: PAGE })).rows ?? [];
	};
	useEffect(() => {
		const read = async () => {
			account.value = (await call("PointsService/GetAccount", {})).account ?? {};
			await Promise.all([more(), readRanks()]);
		};
		read().catch(toastError);
	}, []);
	const choose = async (optIn: boolean) => {
		const said = await call("PointsService/SetLeaderboardOptIn", { memberId: selfId.value ?? "", optIn });
		account.value = said.account ?? {};
		await readRanks();
	};
	if (!account.value) return <p class="soft">{office().loading}</p>;
	return (
		<>
			<Tiles
				label={words.mine}
				tiles={[
					{ name: words.available, value: account.value.available ?? "0" },
					{ name: words.provisional, value: account.value.provisional ?? "0", note: words.provisionalNote },
				]}
			/>
			<Section
				title={words.movements}
				tools={
					<Button onClick={() => saveTable(words.files.movements, movementColumns(true), movements.value)}>
						{office().csv}
					</Button>
				}
			>
				<Table
					label={words.movements}
					columns={movementColumns(true)}
					rows={movements.value}
					id={({ id }) => id ?? ""}
				/>
				{next.value && (
					<p>
						<Button onClick={() => void more().catch(toastError)}>{words.older}</Button>
					</p>
				)}
			</Section>
			<Section title={words.ranking}>
				<label class="row">
					<input
						type="checkbox"
						checked={account.value.leaderboard ?? false}
						onChange={(event) => void choose(event.currentTarget.checked).catch(toastError)}
					/>
					{words.join}
				</label>
				<Ranks rows={ranks.value} name={(id) => (id === selfId.value ? `${id} (${words.me})` : id)} />
			</Section>
		</>
	);
}
