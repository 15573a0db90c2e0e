/** Signing in: password, second factor or recovery code; the first password by a one-time link, and a new second factor. */
import { signal } from "@preact/signals";
import type { LoginResponseJson } from "~api";
import { RpcError } from "~/lib/errors";
import { call } from "~/lib/rpc";
import { recall, remember } from "~/lib/store";
import { beSelf } from "~/lib/self";
import { Button } from "./button";
import { Dialog } from "./dialog";
import { Field } from "./field";
import { Qr } from "./qr";
import { text } from "./sign_in_words";

type Step = "password" | "invite" | "enrol" | "secret" | "codes";

const step = signal<Step>("password");
const tenant = signal("");
const name = signal("");
const password = signal("");
const code = signal("");
const asksCode = signal(false);
const wrong = signal("");
const busy = signal(false);
const secret = signal({ uri: "", secret: "" });
const codes = signal<string[]>([]);
let invite = "";
let done: (() => void) | undefined;

export const isSigningIn = signal(false);
/** A first sign-in has no page behind it yet. */
const isAgain = signal(false);

/** Fulfilled when somebody has signed in. */
export function signIn(again: boolean): Promise<void> {
	isAgain.value = again;
	tenant.value = new URLSearchParams(location.search).get("tenant") ?? recall("tenant");
	name.value = recall("name");
	password.value = code.value = wrong.value = "";
	asksCode.value = false;
	step.value = "password";
	const link = /^#(pdi_([a-z0-9-]+)_.+)$/.exec(location.hash);
	if (link && !again) {
		invite = link[1]!;
		tenant.value = link[2]!;
		step.value = "invite";
		history.replaceState(null, "", location.pathname);
	}
	isSigningIn.value = true;
	return new Promise((resolve) => {
		done = resolve;
	});
}

function finish(): void {
	password.value = code.value = "";
	isSigningIn.value = false;
	done?.();
}

function enter(said: LoginResponseJson): void {
	remember("tenant", tenant.value);
	remember("name", name.value);
	beSelf(said.operator);
	if (said.secondFactorMissing) step.value = "enrol";
	else finish();
}

async function logIn(): Promise<void> {
	const device = `${(navigator as { userAgentData?: { platform?: string } }).userAgentData?.platform ?? "web"} · desk`;
	const request = { tenantId: tenant.value, name: name.value, password: password.value, cookie: true, device };
	try {
		enter(await call("SessionService/Login", { ...request, code: code.value.replace(/\s/g, "") }, { anonymous: true }));
	} catch (error) {
		if (!(error instanceof RpcError) || error.reason !== "SECOND_FACTOR_NEEDED") throw error;
		asksCode.value = true;
	}
}

const STEPS: Record<Step, () => Promise<void>> = {
	password: logIn,
	invite: async () => {
		const request = { tenantId: tenant.value, invite, password: password.value };
		name.value = (await call("SessionService/RedeemInvite", request, { anonymous: true })).name ?? "";
		await logIn();
	},
	enrol: async () => {
		const said = await call("SessionService/EnrolTotp", { password: password.value });
		secret.value = { uri: said.uri ?? "", secret: said.secret ?? "" };
		code.value = "";
		step.value = "secret";
	},
	secret: async () => {
		codes.value = (await call("SessionService/ConfirmTotp", { code: code.value.trim() })).recoveryCodes ?? [];
		step.value = "codes";
	},
	codes: async () => finish(),
};

async function go(): Promise<void> {
	if (busy.value) return;
	busy.value = true;
	wrong.value = "";
	try {
		await STEPS[step.value]();
	} catch (error) {
		wrong.value = error instanceof RpcError ? error.text : String(error);
	}
	busy.value = false;
}

const bind = (to: typeof name) => ({
	value: to.value,
	onInput: (event: { currentTarget: HTMLInputElement }) => {
		to.value = event.currentTarget.value;
	},
});

function PasswordStep() {
	const words = text();
	return (
		<>
			<Field label={words.tenant} {...bind(tenant)} name="tenant" autoComplete="organization" required />
			<Field
				label={words.name}
				{...bind(name)}
				name="username"
				autoComplete="username"
				required
				data-first={name.value === ""}
			/>
			<Field
				label={words.password}
				{...bind(password)}
				type="password"
				name="password"
				autoComplete="current-password"
				required
				data-first={name.value !== ""}
			/>
			{asksCode.value && (
				<Field label={words.code} {...bind(code)} name="code" autoComplete="one-time-code" autoFocus required />
			)}
		</>
	);
}

function StepFields() {
	const words = text();
	switch (step.value) {
		case "password":
			return <PasswordStep />;
		case "invite":
			return (
				<>
					<p>{words.inviteText}</p>
					<Field
						label={words.password}
						{...bind(password)}
						type="password"
						name="new-password"
						autoComplete="new-password"
						required
						data-first
					/>
				</>
			);
		case "enrol":
			return <p>{words.enrolText}</p>;
		case "secret":
			return (
				<>
					<p>{words.enrolText}</p>
					<Qr data={secret.value.uri} label={words.qr} />
					<p class="mono secret">{secret.value.secret.replace(/(.{4})/g, "$1 ")}</p>
					<p>
						<a href={secret.value.uri}>otpauth://</a>
					</p>
					<Field label={words.code} {...bind(code)} name="code" autoComplete="one-time-code" required data-first />
				</>
			);
		case "codes":
			return (
				<>
					<p>{words.codesText}</p>
					<ul class="codes mono">
						{codes.value.map((one) => (
							<li key={one}>{one}</li>
						))}
					</ul>
				</>
			);
	}
}

export function SignIn() {
	if (!isSigningIn.value) return null;
	const words = text();
	const titles: Record<Step, [title: string, go: string]> = {
		password: [words.title, words.go],
		invite: [words.invite, words.set],
		enrol: [words.enrol, words.start],
		secret: [words.enrol, words.enrolGo],
		codes: [words.codes, words.codesDone],
	};
	const [title, forward] = titles[step.value];
	return (
		<Dialog title={title} onSubmit={() => void go()}>
			{isAgain.value && step.value === "password" && <p class="soft">{words.again}</p>}
			<StepFields />
			{wrong.value && (
				<p class="wrong" role="alert">
					{wrong.value}
				</p>
			)}
			<div class="ends">
				<Button kind="main" submit disabled={busy.value}>
					{forward}
				</Button>
			</div>
		</Dialog>
	);
}
