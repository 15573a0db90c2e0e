/** Orders that are left out of the rates, or to be: two people decide. */
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import type { ExclusionJson, ExclusionStateJson } from "~api";
import { call, pages } from "~/lib/rpc";
import { self } from "~/lib/self";
import { fullTime, ms } from "~/lib/time";
import { nodeName } from "~/lib/town";
import { Button } from "~/ui/button";
import { Area, Choice, Field } from "~/ui/field";
import { FormDialog } from "~/ui/form";
import { Section } from "~/ui/office";
import { Table } from "~/ui/table";
import { toast, toastError } from "~/ui/toast";
import { actorName } from "./state";
import { text } from "./words";

const STATES = ["REQUESTED", "APPROVED", "REFUSED", "WITHDRAWN", "LAPSED"] as const;
type Act = "approve" | "refuse" | "withdraw";

const PAGE = 200;
const state = signal<(typeof STATES)[number]>("REQUESTED");
const rows = signal<ExclusionJson[]>([]);
const asks = signal(false);
const deciding = signal<{ act: Act; exclusion: ExclusionJson } | undefined>(undefined);

async function load(): Promise<void> {
	const wanted: ExclusionStateJson = `EXCLUSION_STATE_${state.value}`;
	const all: ExclusionJson[] = [];
	for await (const page of pages("StatsService/ListExclusions", { state: wanted, pageSize: PAGE }))
		all.push(...(page.exclusions ?? []));
	rows.value = all;
}

function Ask({ onClose }: { onClose: () => void }) {
	const words = text();
	const [orderId, setOrder] = useState("");
	const [reason, setReason] = useState("");
	return (
		<FormDialog
			title={words.exclusions.ask}
			go={words.exclusions.ask}
			cancel={words.cancel}
			isIncomplete={orderId.trim() === "" || reason.trim() === ""}
			onClose={onClose}
			onSend={async (key) => {
				await call("StatsService/RequestExclusion", { orderId: orderId.trim(), reason }, { key });
				toast(words.exclusions.done);
				await load();
			}}
		>
			<p class="soft">{words.exclusions.note}</p>
			<Field
				label={words.exclusions.order}
				value={orderId}
				data-first
				required
				onInput={(event) => setOrder(event.currentTarget.value)}
			/>
			<Area
				label={words.reason}
				value={reason}
				maxLength={2000}
				required
				onInput={(event) => setReason(event.currentTarget.value)}
			/>
		</FormDialog>
	);
}

function Decide({ act, exclusion, onClose }: { act: Act; exclusion: ExclusionJson; onClose: () => void }) {
	const words = text();
	const [comment, setComment] = useState("");
	return (
		<FormDialog
			title={`${words.exclusions[act]} · ${exclusion.orderId}`}
			go={words.exclusions[act]}
			cancel={words.cancel}
			isIncomplete={act === "refuse" && comment.trim() === ""}
			onClose={onClose}
			onSend={async (key) => {
				const request = { exclusionId: exclusion.id!, comment };
				if (act === "approve") await call("StatsService/ApproveExclusion", request, { key });
				else if (act === "refuse") await call("StatsService/RefuseExclusion", request, { key });
				else await call("StatsService/WithdrawExclusion", request, { key });
				toast(words.exclusions.done);
				await load();
			}}
		>
			<p>{exclusion.reason}</p>
			<Area
				label={words.exclusions.comment}
				value={comment}
				maxLength={2000}
				data-first
				onInput={(event) => setComment(event.currentTarget.value)}
			/>
		</FormDialog>
	);
}

function Acts({ exclusion }: { exclusion: ExclusionJson }) {
	const words = text().exclusions;
	const isOwn = exclusion.requestedPersonId === self.value.id;
	const acts: Act[] =
		exclusion.state === "EXCLUSION_STATE_REQUESTED"
			? isOwn
				? ["withdraw"]
				: ["approve", "refuse"]
			: exclusion.state === "EXCLUSION_STATE_APPROVED"
				? ["withdraw"]
				: [];
	return (
		<span class="row">
			{acts.map((act) => (
				<Button key={act} onClick={() => (deciding.value = { act, exclusion })}>
					{words[act]}
				</Button>
			))}
			{isOwn && exclusion.state === "EXCLUSION_STATE_REQUESTED" && <span class="soft">{words.mine}</span>}
		</span>
	);
}

export function Exclusions() {
	const words = text();
	useEffect(() => {
		load().catch(toastError);
	}, [state.value]);
	return (
		<Section
			title={words.exclusions.list}
			tools={<Button onClick={() => (asks.value = true)}>{words.exclusions.ask}</Button>}
		>
			<p class="soft">{words.exclusions.note}</p>
			<div class="tools">
				<Choice
					label={words.exclusions.state}
					value={state.value}
					options={STATES.map((one) => [one, words.exclusions.states[one]])}
					onChoose={(one) => (state.value = one as "REQUESTED")}
				/>
			</div>
			<Table
				label={words.exclusions.list}
				columns={[
					{ name: words.exclusions.order, value: ({ orderId }) => orderId ?? "" },
					{ name: words.exclusions.grid, value: ({ gridId }) => nodeName(gridId) },
					{ name: words.reason, value: ({ reason }) => reason ?? "" },
					{
						name: words.exclusions.asked,
						value: ({ requestedMs, requestedBy }) => `${fullTime(ms(requestedMs))} ${actorName(requestedBy)}`,
					},
					{
						name: words.exclusions.decided,
						value: ({ decidedMs, decidedBy, comment }) =>
							decidedMs ? `${fullTime(ms(decidedMs))} ${actorName(decidedBy)} ${comment ?? ""}` : "",
						show: (one) =>
							one.decidedMs && one.state !== "EXCLUSION_STATE_APPROVED" ? (
								`${fullTime(ms(one.decidedMs))} ${actorName(one.decidedBy)} ${one.comment ?? ""}`
							) : (
								<Acts exclusion={one} />
							),
					},
				]}
				rows={rows.value}
				id={({ id }) => id ?? ""}
			/>
			{asks.value && <Ask onClose={() => (asks.value = false)} />}
			{deciding.value && <Decide {...deciding.value} onClose={() => (deciding.value = undefined)} />}
		</Section>
	);
}
