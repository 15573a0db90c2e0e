import { words } from "~/lib/i18n";
import type { Tone } from "~/ui/pill";
import type { OrderJson } from "~api";

const text = words(
	{ danger: "危险", urgent: "紧急", complex: "疑难" },
	{ danger: "Danger", urgent: "Urgent", complex: "Complex" },
);

/** How urgent it is, in words and colour; nothing for what is as usual. */
export function urgency(order: OrderJson): { text: string; tone: Tone } | undefined {
	if (order.urgency === "URGENCY_DANGER") return { text: text().danger, tone: "danger" };
	if (order.urgency === "URGENCY_URGENT") return { text: text().urgent, tone: "warn" };
	if (order.urgency === "URGENCY_COMPLEX") return { text: text().complex, tone: "violet" };
	return undefined;
}
