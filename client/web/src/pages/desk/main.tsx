import { render } from "preact";
import "~/css/tokens.css";
import "~/css/base.css";
import "~/css/parts.css";
import "~/css/desks.css";
import "~/css/map.css";
import "~/css/print.css";
import "./layout.css";
import "./list.css";
import "./detail.css";
import "./narrow.css";
import { watchVersion } from "~/lib/version";
import { app, enter, startPage } from "~/ui/enter";
import { toastError } from "~/ui/toast";
import { Desk } from "./app";
import { openBoard } from "./board";
import { startPresence } from "./presence";
import { loadSaved } from "./saved";
import { followCurrent, keepAddress, letGo, readAddress } from "./state";
import { text } from "./words";

async function start(): Promise<void> {
	const title = () => text().title;
	startPage(title);
	await enter(title);
	readAddress(location.search);
	keepAddress();
	followCurrent();
	letGo();
	openBoard();
	startPresence();
	watchVersion();
	void loadSaved().catch(toastError);
	render(<Desk />, app);
}

start().catch(toastError);
