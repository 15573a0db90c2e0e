/**
 * Points, for two kinds of readers. A member comes by a link, or with the session of their task page, and sees their
 * own; somebody of the desk sees the books. Who was here last says which session is asked for first.
 */
import { render } from "preact";
import "~/css/tokens.css";
import "~/css/base.css";
import "~/css/parts.css";
import "~/css/table.css";
import "~/css/desks.css";
import "~/css/office.css";
import "~/css/print.css";
import { recall, remember } from "~/lib/store";
import { selfId, signIn } from "~/phone/session";
import { Button } from "~/ui/button";
import { app, enter, startPage } from "~/ui/enter";
import { Office } from "~/ui/office";
import { text as office } from "~/ui/office_words";
import { toastError } from "~/ui/toast";
import { Ledger } from "./books";
import { Mine } from "./mine";
import { text } from "./words";

const AS = "points.as";

function Nobody() {
	return (
		<>
			<p role="alert">{text().signedOut}</p>
			<p>
				<Button
					onClick={() => {
						remember(AS, "");
						location.reload();
					}}
				>
					{text().staff}
				</Button>
			</p>
		</>
	);
}

function MemberPage() {
	return (
		<Office here="points" isAlone>
			{selfId.value ? <Mine /> : <Nobody />}
		</Office>
	);
}

async function start(): Promise<void> {
	const title = () => office().pages.points;
	startPage(title);
	if (location.hash.startsWith("#token=")) remember(AS, "member");
	if (location.hash.startsWith("#pdi_") || new URLSearchParams(location.search).has("tenant")) remember(AS, "");
	if (recall(AS) === "member") {
		await signIn("member");
		render(<MemberPage />, app);
		return;
	}
	await enter(title);
	render(
		<Office here="points">
			<Ledger />
		</Office>,
		app,
	);
}

start().catch(toastError);
