/** 抢单池: orders that anybody may take. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { call } from "~/lib/rpc";
import { attempt } from "~/phone/attempt";
import { text as phoneText } from "~/phone/words";
import { Button } from "~/ui/button";
import type { OrderJson } from "~api";
import { OrderFacts } from "./order_facts";
import { readAtMs, take } from "./state";
import { text } from "./words";

const PAGE_SIZE = 50;

export function Pool({ onGrabbed }: { onGrabbed: () => void }) {
	const orders = useSignal<OrderJson[] | undefined>(undefined);
	const load = () =>
		attempt(async () => {
			orders.value = (await call("TaskService/ListGrabPool", { pageSize: PAGE_SIZE })).orders ?? [];
		});
	useEffect(() => {
		void load();
	}, [readAtMs.value]);
	const grab = async (order: OrderJson) => {
		const done = await attempt(async () => {
			take((await call("TaskService/GrabOrder", { orderId: order.id! })).order);
		}, text().grabbed);
		if (done) onGrabbed();
		else void load();
	};
	if (orders.value === undefined) return <p class="empty">{phoneText().loading}</p>;
	if (orders.value.length === 0) return <p class="empty">{text().poolEmpty}</p>;
	return (
		<ul class="cards">
			{orders.value.map((order) => (
				<li key={order.id} class="card">
					<OrderFacts order={order} heading="h2" />
					<div class="acts">
						<Button kind="main" onClick={() => grab(order)}>
							{text().grab}
						</Button>
					</div>
				</li>
			))}
		</ul>
	);
}
