/** A policy is tried before it applies: whom the orders that wait now would go to by it, and how to play whole days. */
import { useEffect, useState } from "preact/hooks";
import type { PolicyJson, TriedChoiceJson, TriedOrderJson } from "~api";
import { say } from "~/lib/errors";
import { call } from "~/lib/rpc";
import { categoryName, loadMembers, memberName, members, nodeName } from "~/lib/town";
import { Button } from "~/ui/button";
import { Dialog } from "~/ui/dialog";
import { text as office } from "~/ui/office_words";
import { Table } from "~/ui/table";
import { toast, toastError } from "~/ui/toast";
import { type Change, tryCommand } from "./policy_fields";
import { text } from "./words";

const idsOf = (choice: TriedChoiceJson | undefined) => (choice?.memberIds ?? []).join();

const differs = ({ present, tried }: TriedOrderJson) => idsOf(present) !== idsOf(tried);

/** Those who would be asked, or why nobody is. */
function whom(choice: TriedChoiceJson | undefined): string {
	const names = (choice?.memberIds ?? []).map(memberName);
	if (names.length > 0) return names.join("、");
	return choice?.waits ? text().policy.waits : text().policy.pool;
}

function Found({ orders }: { orders: TriedOrderJson[] }) {
	const words = text().policy;
	const others = orders.filter(differs);
	if (orders.length === 0) return <p class="soft">{words.nothingWaits}</p>;
	return (
		<>
			<p role="status">
				<strong>{words.triedOf(others.length, orders.length)}</strong>
			</p>
			{others.length > 0 && (
				<Table
					label={words.tryOut}
					columns={[
						{ name: words.order, value: ({ orderId }) => orderId ?? "" },
						{ name: words.category, value: ({ categoryId }) => categoryName(categoryId) },
						{ name: words.grid, value: ({ gridId }) => nodeName(gridId) },
						{ name: words.present, value: ({ present }) => whom(present) },
						{
							name: words.tried,
							value: ({ tried }) => whom(tried),
							show: ({ tried }) => <strong>{whom(tried)}</strong>,
						},
					]}
					rows={others}
					id={({ orderId }) => orderId!}
				/>
			)}
		</>
	);
}

function Days({ command }: { command: string }) {
	const words = text().policy;
	return (
		<details>
			<summary>{words.tryDays}</summary>
			<p class="soft">{words.tryNote}</p>
			<p class="mono secret">{command}</p>
			<Button
				onClick={() => {
					navigator.clipboard.writeText(command).then(() => toast(words.copied), toastError);
				}}
			>
				{words.copy}
			</Button>
		</details>
	);
}

export interface TryOutProps {
	policy: PolicyJson;
	changes: Change[];
	onClose: () => void;
}

export function TryOut({ policy, changes, onClose }: TryOutProps) {
	const [orders, see] = useState<TriedOrderJson[]>();
	const [wrong, blame] = useState("");
	useEffect(() => {
		const ask = async () => {
			if (members.peek().size === 0) await loadMembers();
			see((await call("OrgService/TryPolicy", { policy })).orders ?? []);
		};
		ask().catch((error) => blame(say(error)));
	}, []);
	return (
		<Dialog title={text().policy.tryOut} isWide onClose={onClose} onSubmit={onClose}>
			<p class="soft">{text().policy.tryNow}</p>
			{wrong && (
				<p class="wrong" role="alert">
					{wrong}
				</p>
			)}
			{!wrong && (orders ? <Found orders={orders} /> : <p class="soft">{office().loading}</p>)}
			<Days command={tryCommand(changes)} />
			<div class="ends">
				<Button kind="main" submit data-first>
					{text().close}
				</Button>
			</div>
		</Dialog>
	);
}
