import { language, setLanguage } from "~/lib/i18n";
import { Button } from "~/ui/button";
import { Icon } from "./icons";
import { HOTLINE } from "./hotline";
import { text } from "./words";

/** Nobody is signed in: how to come back, and whom to call meanwhile. */
export function SignedOut() {
	return (
		<main class="signed-out">
			<h1>{text().signedOutTitle}</h1>
			<p>{text().signedOut}</p>
			<a class="button main" href={`tel:${HOTLINE}`}>
				<Icon name="phone" /> {HOTLINE}
			</a>
			<Button kind="quiet" onClick={() => setLanguage(language.value === "zh" ? "en" : "zh")}>
				{text().language}
			</Button>
		</main>
	);
}
