/** The frame of the office's pages: the ways to the others, theme, language and the way out; then the page itself. */
import type { ComponentChildren } from "preact";
import { language, setLanguage } from "~/lib/i18n";
import { call } from "~/lib/rpc";
import { self } from "~/lib/self";
import { type Theme, theme } from "~/lib/theme";
import { Button } from "./button";
import { text } from "./office_words";
import { SignIn } from "./sign_in";
import { Toasts } from "./toast";

type Page = "desk" | "stats" | "points" | "admin";

const PAGES: Page[] = ["desk", "stats", "points", "admin"];
const NEXT: Record<Theme, Theme> = { auto: "light", light: "dark", dark: "auto" };

async function signOut(): Promise<void> {
	await call("SessionService/Logout", {}).catch(() => undefined);
	location.reload();
}

export interface OfficeProps {
	here: Page;
	/** Of a member: the other pages are not for them. */
	isAlone?: boolean;
	children: ComponentChildren;
}

export function Office({ here, isAlone, children }: OfficeProps) {
	const words = text();
	return (
		<>
			<header class="office-top">
				<h1>{words.pages[here]}</h1>
				{!isAlone && (
					<nav aria-label={words.nav}>
						{PAGES.filter((page) => page !== here && (page !== "admin" || self.value.isAdmin)).map((page) => (
							<a key={page} href={`/${page}`}>
								{words.pages[page]}
							</a>
						))}
					</nav>
				)}
				<span class="grow" />
				<span class="soft self">{self.value.name}</span>
				<Button kind="quiet" onClick={() => (theme.value = NEXT[theme.value])}>
					{`${words.look}: ${words.theme[theme.value]}`}
				</Button>
				<Button
					kind="quiet"
					lang={language.value === "zh" ? "en-GB" : "zh-CN"}
					onClick={() => setLanguage(language.value === "zh" ? "en" : "zh")}
				>
					{words.language}
				</Button>
				<Button kind="quiet" onClick={() => void signOut()}>
					{words.signOut}
				</Button>
			</header>
			<main class="office">{children}</main>
			<SignIn />
			<Toasts />
		</>
	);
}

/** A part of a page with a heading; what can be done with it stands beside that. */
export function Section({
	title,
	tools,
	children,
}: {
	title: string;
	tools?: ComponentChildren;
	children: ComponentChildren;
}) {
	return (
		<section class="sheet">
			<div class="sheet-head">
				<h2>{title}</h2>
				<div class="row no-print">{tools}</div>
			</div>
			{children}
		</section>
	);
}

export interface TileProps {
	name: string;
	value: string;
	/** What the figure stands on: its counts. */
	note?: string | undefined;
	tone?: "" | "good" | "warn" | "danger";
}

export function Tiles({ label, tiles }: { label: string; tiles: TileProps[] }) {
	return (
		<dl class="tiles" aria-label={label}>
			{tiles.map(({ name, value, note, tone }) => (
				<div key={name} class="tile">
					<dt>{name}</dt>
					<dd class={`figure ${tone ?? ""}`}>{value}</dd>
					{note && <dd class="soft">{note}</dd>}
				</div>
			))}
		</dl>
	);
}
