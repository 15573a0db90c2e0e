/** 点单: the resident's page. Big pictures, few words, and a telephone always at hand. */
import { signal } from "@preact/signals";
import { render } from "preact";
import "~/css/tokens.css";
import "~/css/base.css";
import "~/css/parts.css";
import "~/phone/phone.css";
import "~/phone/forms.css";
import "./resident.css";
import { language, setLanguage } from "~/lib/i18n";
import { isElder, startTheme } from "~/lib/theme";
import { Bar } from "~/phone/bar";
import { HOTLINE } from "~/phone/hotline";
import { startFresh } from "~/phone/fresh";
import { Icon } from "~/phone/icons";
import { installShell } from "~/phone/install";
import { startLanguage } from "~/phone/language";
import { follower } from "~/phone/live";
import { selfId, signIn } from "~/phone/session";
import { SignedOut } from "~/phone/signed_out";
import { text as phoneText } from "~/phone/words";
import { Button } from "~/ui/button";
import { Toasts } from "~/ui/toast";
import { Ask } from "./ask";
import { Mine } from "./mine";
import { openOrders, readAtMs, start } from "./state";
import { text } from "./words";

type Tab = "ask" | "mine";

const tab = signal<Tab>("ask");

function go(to: Tab) {
	tab.value = to;
	scrollTo(0, 0);
}

function Top() {
	return (
		<header class="top">
			<h1>{text().tabs[tab.value]}</h1>
			<div class="row">
				<Button kind="quiet" onClick={() => setLanguage(language.value === "zh" ? "en" : "zh")}>
					{phoneText().language}
				</Button>
				<Button aria-pressed={isElder.value} onClick={() => (isElder.value = !isElder.value)}>
					{text().elder}
				</Button>
			</div>
		</header>
	);
}

function Foot() {
	const tabs = [
		["ask", "hand"],
		["mine", "list"],
	] as const;
	return (
		<nav class="tabbar" aria-label={text().title}>
			{tabs.map(([name, icon]) => (
				<button
					key={name}
					type="button"
					aria-current={tab.value === name ? "page" : undefined}
					onClick={() => go(name)}
				>
					<Icon name={icon} />
					<span>{text().tabs[name]}</span>
					{name === "mine" && openOrders.value.length > 0 && <b class="count">{openOrders.value.length}</b>}
				</button>
			))}
			<a class="call" href={`tel:${HOTLINE}`} aria-label={text().phone(HOTLINE)}>
				<Icon name="phone" />
				<span>{HOTLINE}</span>
			</a>
		</nav>
	);
}

function Page() {
	if (selfId.value === undefined) return null;
	if (selfId.value === "") return <SignedOut />;
	return (
		<>
			<Top />
			<Bar line={follower.value?.line.value.state} readAtMs={readAtMs.value} />
			<main>{tab.value === "ask" ? <Ask onPlaced={() => go("mine")} /> : <Mine />}</main>
			<Foot />
		</>
	);
}

startTheme();
startLanguage();
installShell("r");
startFresh("/r");
render(
	<>
		<Page />
		<Toasts />
	</>,
	document.getElementById("app")!,
);
void signIn("resident").then(() => {
	if (selfId.value) void start();
});
