/** Who has the most points, among those who want to be ranked. */
import type { LeaderboardRowJson } from "~api";
import { Table } from "~/ui/table";
import { text } from "./words";

export function Ranks({ rows, name }: { rows: LeaderboardRowJson[]; name: (id: string) => string }) {
	const words = text();
	return (
		<>
			<p class="soft">{words.rankingNote}</p>
			<Table
				label={words.ranking}
				columns={[
					{ name: words.columns.member, value: (row) => name(row.memberId ?? "") },
					{ name: words.columns.rank, value: (row) => row.rank ?? 0 },
					{ name: words.columns.amount, value: (row) => Number(row.points ?? 0) },
				]}
				rows={rows}
				id={(row) => row.memberId ?? ""}
			/>
		</>
	);
}
