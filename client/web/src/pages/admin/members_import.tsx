/** Importing members: every row is shown with what is wrong with it, before and after the broker has judged it. */
import { useState } from "preact/hooks";
import { language } from "~/lib/i18n";
import { call } from "~/lib/rpc";
import { loadMembers, nodeName, nodes } from "~/lib/town";
import { FormDialog } from "~/ui/form";
import { Table } from "~/ui/table";
import { toast } from "~/ui/toast";
import { memberKind } from "./member_kind";
import { type Row, readMembers } from "./members_rows";
import { text } from "./words";

/** So many the broker takes at once. */
const BATCH = 500;

/** Of what was sent, which rows were refused and why. */
async function send(rows: Row[], key: string): Promise<Map<number, string>> {
	const refused = new Map<number, string>();
	for (let at = 0; at < rows.length; at += BATCH) {
		const batch = rows.slice(at, at + BATCH);
		const said = await call(
			"MemberService/ImportMembers",
			{ members: batch.map(({ member }) => member) },
			{ key: `${key}-${at}`, deadlineMs: 60_000 },
		);
		for (const { row, error } of said.results ?? [])
			if (error?.reason)
				refused.set(
					batch[row ?? 0]!.line,
					(language.value === "zh" ? error.messageZh : error.messageEn) ?? error.reason,
				);
	}
	return refused;
}

export function MemberImport({ onClose }: { onClose: () => void }) {
	const words = text();
	const [rows, take] = useState<Row[] | undefined>([]);
	const [refused, refuse] = useState(new Map<number, string>());
	const good = (rows ?? []).filter(({ problem }) => !problem);
	const bad = (rows ?? []).filter(({ problem, line }) => problem || refused.has(line));
	const says = ({ line, problem }: Row) => refused.get(line) ?? (problem ? words.members.problems[problem] : "");
	return (
		<FormDialog
			title={words.members.import}
			go={words.members.importGo(good.length)}
			cancel={words.cancel}
			isWide
			isIncomplete={good.length === 0}
			onClose={onClose}
			onSend={async (key) => {
				const failed = await send(good, key);
				toast(words.members.imported(good.length - failed.size));
				await loadMembers();
				if (failed.size === 0) return;
				refuse(failed);
				take((rows ?? []).filter(({ line, problem }) => problem || failed.has(line)));
				throw new Error(words.members.fix);
			}}
		>
			<label class="field">
				<span>{words.members.importFile}</span>
				<input
					type="file"
					accept=".csv,text/csv"
					data-first
					onChange={async (event) => {
						const [chosen] = event.currentTarget.files ?? [];
						if (!chosen) return;
						refuse(new Map());
						take(readMembers(await chosen.text(), [...nodes.value.values()]));
					}}
				/>
			</label>
			<p class="soft">{words.members.importGrid}</p>
			{rows === undefined && (
				<p class="wrong" role="alert">
					{words.members.noColumns}
				</p>
			)}
			{rows && rows.length > 0 && (
				<>
					<p role="status">
						{words.members.rows(rows.length)}
						{bad.length > 0 && ` · ${words.members.fix}`}
					</p>
					<Table
						label={words.members.import}
						columns={[
							{ name: words.members.line, value: ({ line }) => line },
							{ name: text().name, value: ({ member }) => member.name ?? "" },
							{ name: words.members.kind, value: ({ member }) => memberKind(member) },
							{ name: words.members.grid, value: ({ member }) => nodeName(member.gridId) },
							{ name: words.members.problem, value: says, show: (row) => <span class="wrong">{says(row)}</span> },
						]}
						rows={rows}
						id={({ line }) => String(line)}
					/>
				</>
			)}
		</FormDialog>
	);
}
