/** Administration: units and grids, members, categories, the policy, exclusions, accounts, audit. */
import { render } from "preact";
import "~/css/tokens.css";
import "~/css/base.css";
import "~/css/parts.css";
import "~/css/table.css";
import "~/css/desks.css";
import "~/css/map.css";
import "~/css/office.css";
import "~/css/print.css";
import "./admin.css";
import { loadNames } from "~/lib/town";
import { app, enter, startPage } from "~/ui/enter";
import { Office } from "~/ui/office";
import { text as office } from "~/ui/office_words";
import { Tabs } from "~/ui/tabs";
import { toastError } from "~/ui/toast";
import { Accounts } from "./accounts";
import { Audit } from "./audit";
import { Categories } from "./categories";
import { Exclusions } from "./exclusions";
import { Members } from "./members";
import { Org } from "./org";
import { PolicyTab } from "./policy";
import { keepAddress, TABS, type Tab, tab } from "./state";
import { text } from "./words";

function Part() {
	switch (tab.value) {
		case "org":
			return <Org />;
		case "members":
			return <Members />;
		case "categories":
			return <Categories />;
		case "policy":
			return <PolicyTab />;
		case "exclusions":
			return <Exclusions />;
		case "accounts":
			return <Accounts />;
		case "audit":
			return <Audit />;
	}
}

function Page() {
	const words = text();
	return (
		<Office here="admin">
			<Tabs
				id="part"
				label={words.sections}
				tabs={TABS.map((one) => [one, words.tabs[one]])}
				current={tab.value}
				onSelect={(one) => (tab.value = one as Tab)}
			/>
			<div id="part-panel" class="part" role="tabpanel" aria-labelledby={`part-${tab.value}`}>
				<Part />
			</div>
		</Office>
	);
}

async function start(): Promise<void> {
	const title = () => office().pages.admin;
	startPage(title);
	await enter(title);
	keepAddress();
	void loadNames().catch(toastError);
	render(<Page />, app);
}

start().catch(toastError);
