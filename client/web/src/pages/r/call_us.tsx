/** The telephone, for who would rather speak. A sheet covers the one at the foot of the page, so it has its own. */
import { HOTLINE } from "~/phone/hotline";
import { Icon } from "~/phone/icons";
import { text } from "./words";

export function CallUs() {
	return (
		<a class="button call-us" href={`tel:${HOTLINE}`} aria-label={text().phone(HOTLINE)}>
			<Icon name="phone" />
		</a>
	);
}
