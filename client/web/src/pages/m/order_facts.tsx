/** The upper half of every card: what, how urgent, where, how far. */
import { duration, ms, now } from "~/lib/time";
import { categoryIcon } from "~/phone/icons";
import { Icon } from "~/phone/icons";
import { categoryName, categoryOf, orderTitle } from "~/phone/categories";
import { Pictures } from "~/phone/pictures";
import { text as phoneText } from "~/phone/words";
import { Pill } from "~/ui/pill";
import type { OrderJson } from "~api";
import { urgency } from "~/phone/urgency";
import { text } from "./words";

export function distance(m: number): string {
	return m < 1000 ? `${Math.max(10, Math.round(m / 10) * 10)} m` : `${(m / 1000).toFixed(1)} km`;
}

function Due({ order }: { order: OrderJson }) {
	const left = ms(order.dueMs) - now.value;
	if (!ms(order.dueMs)) return null;
	return left >= 0 ? (
		<Pill tone={left < 30 * 60_000 ? "warn" : ""}>{phoneText().minutesLeft(duration(left))}</Pill>
	) : (
		<Pill tone="danger">{phoneText().overdue(duration(left))}</Pill>
	);
}

interface OrderFactsProps {
	order: OrderJson;
	distanceM?: number | undefined;
	/** Below the heading of a section, or of the page. */
	heading?: "h2" | "h3";
}

export function OrderFacts({ order, distanceM, heading: Heading = "h3" }: OrderFactsProps) {
	const category = categoryOf(order);
	const tone = urgency(order);
	return (
		<>
			<div class="card-head">
				<span class="badge">
					<Icon name={categoryIcon(category?.code ?? "")} />
				</span>
				<Heading>{orderTitle(order)}</Heading>
			</div>
			<p class="row">
				{tone && <Pill tone={tone.tone}>{tone.text}</Pill>}
				{orderTitle(order) !== categoryName(category) && <Pill>{categoryName(category)}</Pill>}
				{distanceM !== undefined && <Pill>{text().away(distance(distanceM))}</Pill>}
				{(order.slots?.length ?? 0) > 1 && <Pill>{text().team(order.slots!.length)}</Pill>}
				<Due order={order} />
			</p>
			{order.description && <p class="words">{order.description}</p>}
			<Pictures attachments={order.attachments ?? []} />
		</>
	);
}
