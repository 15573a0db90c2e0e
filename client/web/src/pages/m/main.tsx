/** 接单: the volunteer's page, for one hand. */
import { signal } from "@preact/signals";
import { render } from "preact";
import "~/css/tokens.css";
import "~/css/base.css";
import "~/css/parts.css";
import "~/phone/phone.css";
import "~/phone/forms.css";
import { startTheme } from "~/lib/theme";
import { startClock } from "~/lib/time";
import { Bar } from "~/phone/bar";
import { startFresh } from "~/phone/fresh";
import { Icon, type IconName } from "~/phone/icons";
import { installShell } from "~/phone/install";
import { follower } from "~/phone/live";
import { selfId, signIn } from "~/phone/session";
import { SignedOut } from "~/phone/signed_out";
import { startLanguage } from "~/phone/language";
import { Toasts } from "~/ui/toast";
import { Me } from "./me";
import { Points } from "./points";
import { Pool } from "./pool";
import { offers, readAtMs, start, tasks } from "./state";
import { Work } from "./work";
import { text } from "./words";

const TABS = [
	["work", "list"],
	["pool", "hand"],
	["points", "coin"],
	["me", "person"],
] as const satisfies [string, IconName][];
type Tab = (typeof TABS)[number][0];

const tab = signal<Tab>("work");

function go(to: Tab) {
	tab.value = to;
	scrollTo(0, 0);
}

function Tabs() {
	return (
		<nav class="tabbar" aria-label={text().title}>
			{TABS.map(([name, icon]) => (
				<button
					key={name}
					type="button"
					aria-current={tab.value === name ? "page" : undefined}
					onClick={() => go(name)}
				>
					<Icon name={icon} />
					<span>{text().tabs[name]}</span>
					{name === "work" && offers.value.length + tasks.value.length > 0 && (
						<b class="count">{offers.value.length + tasks.value.length}</b>
					)}
				</button>
			))}
		</nav>
	);
}

function Page() {
	if (selfId.value === undefined) return null;
	if (selfId.value === "") return <SignedOut />;
	return (
		<>
			<header class="top">
				<h1>{text().tabs[tab.value]}</h1>
			</header>
			<Bar line={follower.value?.line.value.state} readAtMs={readAtMs.value} />
			<main>
				{tab.value === "work" && <Work />}
				{tab.value === "pool" && <Pool onGrabbed={() => go("work")} />}
				{tab.value === "points" && <Points />}
				{tab.value === "me" && <Me />}
			</main>
			<Tabs />
		</>
	);
}

startTheme();
startLanguage();
startClock();
installShell("m");
startFresh("/m");
render(
	<>
		<Page />
		<Toasts />
	</>,
	document.getElementById("app")!,
);
void signIn("member").then(() => {
	if (selfId.value) void start();
});
