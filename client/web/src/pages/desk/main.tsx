import { effect } from "@preact/signals";
import { render } from "preact";
import "~/css/tokens.css";
import "~/css/base.css";
import "~/css/parts.css";
import "~/css/map.css";
import "./layout.css";
import "./list.css";
import "./detail.css";
import "./narrow.css";
import { RpcError } from "~/lib/errors";
import { language } from "~/lib/i18n";
import { call, identify, onSignedOut } from "~/lib/rpc";
import { startTheme } from "~/lib/theme";
import { startClock } from "~/lib/time";
import { toastError, Toasts } from "~/ui/toast";
import { Desk } from "./app";
import { openBoard, self } from "./board";
import { SignIn, signIn } from "./sign_in";
import { followCurrent, keepAddress, readAddress } from "./state";
import { text } from "./words";

const app = document.getElementById("app")!;

async function whoIsIt(): Promise<void> {
	if (!location.hash.startsWith("#pdi_")) {
		try {
			const said = await call("SessionService/GetSelf", {});
			const operator = said.operator;
			self.value = { id: operator?.id ?? "", name: operator?.displayName || operator?.name || "" };
			if (!said.secondFactorMissing) return;
		} catch (error) {
			if (!(error instanceof RpcError) || !error.isSignedOut) throw error;
		}
	}
	render(
		<main>
			<h1 class="sr">{text().title}</h1>
			<SignIn />
			<Toasts />
		</main>,
		app,
	);
	await signIn(false);
}

async function start(): Promise<void> {
	identify("desk");
	startTheme();
	startClock();
	effect(() => {
		document.documentElement.lang = language.value === "zh" ? "zh-CN" : "en";
		document.title = `${text().title} · 派单`;
	});
	await whoIsIt();
	onSignedOut(() => signIn(true));
	readAddress(location.search);
	keepAddress();
	followCurrent();
	openBoard();
	render(<Desk />, app);
}

start().catch(toastError);
