/**
 * How a page of the office begins: theme, clock, language, and somebody who is signed in. It comes back when they are;
 * from then on `SignIn`, which the page shows, lets them sign in again over whatever they were at.
 */
import { render } from "preact";
import { RpcError } from "~/lib/errors";
import { call, identify, onSignedOut } from "~/lib/rpc";
import { beSelf } from "~/lib/self";
import { SignIn, signIn } from "./sign_in";
import { Toasts } from "./toast";

export { startPage } from "~/lib/page";

export const app = document.getElementById("app")!;

async function isSignedIn(): Promise<boolean> {
	if (location.hash.startsWith("#pdi_")) return false;
	try {
		const said = await call("SessionService/GetSelf", {});
		beSelf(said.operator);
		return !said.secondFactorMissing;
	} catch (error) {
		if (!(error instanceof RpcError) || !error.isSignedOut) throw error;
		return false;
	}
}

export async function enter(title: () => string): Promise<void> {
	identify("desk");
	if (!(await isSignedIn())) {
		render(
			<main>
				<h1 class="sr">{title()}</h1>
				<SignIn />
				<Toasts />
			</main>,
			app,
		);
		await signIn(false);
	}
	onSignedOut(() => signIn(true));
}
