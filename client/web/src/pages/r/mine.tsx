/** The resident's orders; first those that are still on this phone. */
import { attempt } from "~/phone/attempt";
import { dropJob } from "~/phone/outbox";
import { text as phoneText } from "~/phone/words";
import { Button } from "~/ui/button";
import { OrderCard } from "./order_card";
import { hasOlder, orders, placing, readAtMs, showOlder } from "./state";
import { text } from "./words";

function Placing() {
	return (
		<>
			{placing.value.map((job) => (
				<li key={job.seq} class="card">
					<h2>{"title" in job.request ? job.request.title : ""}</h2>
					{job.refused === undefined ? (
						<p class="pending" role="status">
							{navigator.onLine ? text().placing : text().placedOffline}
						</p>
					) : (
						<div class="refused" role="alert">
							<p>
								<strong>{phoneText().refused}</strong>：{job.refused}
							</p>
							<Button onClick={() => attempt(() => dropJob(job.seq))}>{phoneText().discard}</Button>
						</div>
					)}
				</li>
			))}
		</>
	);
}

export function Mine() {
	if (readAtMs.value === 0 && placing.value.length === 0) return <p class="empty">{phoneText().loading}</p>;
	if (orders.value.length + placing.value.length === 0) return <p class="empty">{text().noOrders}</p>;
	return (
		<>
			<ul class="cards" aria-live="polite">
				<Placing />
				{orders.value.map((order) => (
					<OrderCard key={order.id} order={order} />
				))}
			</ul>
			{hasOlder.value && <Button onClick={showOlder}>{phoneText().more}</Button>}
		</>
	);
}
