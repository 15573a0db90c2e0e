/** The policy's settings: where each lies, in what it is said, and how two policies differ. */
import type { PolicyJson } from "~api";

export type Unit = "s" | "min" | "h" | "d" | "m" | "milli" | "n" | "flag";
export type Group =
	| "serviceTimes"
	| "weights"
	| "routine"
	| "urgent"
	| "emergency"
	| "order"
	| "privacy"
	| "open"
	| "desk";

/** A path in the policy, "routine.fanout", and what one of its unit is there. */
export interface Setting {
	path: string;
	unit: Unit;
	zh: string;
	en: string;
}

const FACTOR: Record<Unit, number> = { s: 1000, min: 60_000, h: 3_600_000, d: 1, m: 1, milli: 1, n: 1, flag: 1 };

const setting = (path: string, unit: Unit, zh: string, en: string): Setting => ({ path, unit, zh, en });

const mode = (name: "routine" | "urgent" | "emergency"): Setting[] => [
	setting(`${name}.offerTtlMs`, "s", "答复期限", "To answer within"),
	setting(`${name}.fanout`, "n", "同时派几人（最多）", "Asked at once, at most"),
	setting(
		`${name}.acceptTargetMilli`,
		"milli",
		"有人接单的概率（0：总派满）",
		"Chance that somebody accepts (0: always all)",
	),
	setting(`${name}.ringsPerStep`, "n", "每次扩几圈", "Rings at a time"),
	setting(`${name}.windowMs`, "s", "合并窗口（0：随到随派）", "Decided together within (0: at once)"),
	setting(`${name}.searchMs`, "min", "进抢单池前找人（0：不等）", "Looked for before the grab pool (0: not at all)"),
];

export const SETTINGS: Record<Group, Setting[]> = {
	serviceTimes: [
		setting("serviceTimes.dangerMs", "h", "危险", "Danger"),
		setting("serviceTimes.urgentMs", "h", "紧急", "Urgent"),
		setting("serviceTimes.normalMs", "h", "普通", "Normal"),
		setting("serviceTimes.complexMs", "h", "疑难", "Complex"),
	],
	routine: mode("routine"),
	urgent: mode("urgent"),
	emergency: mode("emergency"),
	weights: [
		setting("weights.ageM", "m", "等满时限的单提前", "An order whose time is up goes ahead by"),
		setting("weights.jobM", "m", "近期每单推后", "For each recent job"),
		setting("weights.offerM", "m", "近期每次被派推后", "For each recent offer"),
		setting("weights.responsibleM", "m", "包保队员提前", "Responsible member, ahead by"),
		setting("weights.ratingM", "m", "评分最多提前", "Rating, ahead by at most"),
		setting("weights.optionalSkillM", "m", "缺希望技能推后", "For each wished skill that is missing"),
		setting("weights.sameBuildingM", "m", "同楼提前", "Same building, ahead by"),
		setting("weights.seasonJobM", "m", "半年内每单推后", "For each job of half a year"),
		setting("weights.freeOffers", "n", "一天内不另推后的派单次数", "Offers of a day that are not too many"),
		setting("weights.overOfferM", "m", "超出的那次推后（两倍起每次）", "One beyond (each, from twice as many on)"),
		setting("weights.worthM", "m", "预计多等一分钟的损失（0：不计）", "A minute of expected loss (0: not weighed)"),
		setting("weights.lostM", "m", "预计落空的损失", "An order that is expected to be lost"),
		setting("weights.maxDistanceM", "m", "最远", "Farthest"),
	],
	order: [
		setting("holdingCap", "n", "同时在手上限", "Orders of a member at once"),
		setting("autoCloseMs", "h", "未评价自动办结", "Closes unrated after"),
		setting("reopenWindowMs", "h", "可重开期限", "Can be reopened for"),
		setting("chaseIntervalMs", "min", "催单间隔", "Between two chases"),
		setting("poolTtlMs", "h", "抢单池期限（0：按服务时限）", "In the grab pool (0: the promised time)"),
		setting("partialTeams", "flag", "人数不够也先派", "Ask although the team can't be complete"),
		setting("acceptPriorMilli", "milli", "新队员接单概率（0：300）", "Chance that somebody new accepts (0: 300)"),
	],
	privacy: [
		setting("privacy.revealsPerHour", "n", "每人每小时查看联系方式", "Contacts shown to an operator in an hour"),
		setting("privacy.contactDays", "d", "订单联系方式保留", "An order's contact is kept"),
		setting("privacy.accessDays", "d", "查看记录保留", "Who was shown what is kept"),
		setting("privacy.textDays", "d", "办结后文字照片保留（0：一直）", "Words and photos after the end (0: for good)"),
		setting("privacy.eventDays", "d", "事件保留", "Events are kept"),
		setting("privacy.deadLetterDays", "d", "未送达通知保留", "Undelivered notices are kept"),
	],
	open: [
		setting("open.published", "flag", "公开统计", "Figures for everybody"),
		setting("open.delayHours", "n", "每周结束后几小时公布（0：24）", "Hours after the week's end (0: 24)"),
		setting("open.fewOrders", "n", "少于几单合并公布（0：5）", "Told together below so many orders (0: 5)"),
	],
	desk: [
		setting("manualDispatch", "flag", "人工派单", "The desk dispatches by hand"),
		setting("utcOffsetMin", "n", "时区（东区分钟）", "Minutes east of UTC"),
		setting("adminsWithoutTotp", "flag", "管理员可不用动态码", "Administrators without a second factor"),
	],
};

type Json = Record<string, unknown>;

function raw(policy: PolicyJson, path: string): unknown {
	let at: unknown = policy;
	for (const name of path.split(".")) at = (at as Json | undefined)?.[name];
	return at;
}

/** As people write it, in the setting's unit; a flag is "1" or "". */
export function read(policy: PolicyJson, { path, unit }: Setting): string {
	const value = raw(policy, path);
	if (unit === "flag") return value ? "1" : "";
	return String(Number(value ?? 0) / FACTOR[unit]);
}

/** Undefined: it is no number. */
export function write(policy: PolicyJson, { path, unit }: Setting, typed: string): PolicyJson | undefined {
	const number = Number(typed) * FACTOR[unit];
	if (unit !== "flag" && (typed.trim() === "" || !Number.isFinite(number))) return undefined;
	const next = structuredClone(policy) as Json;
	const names = path.split(".");
	const last = names.pop()!;
	let at = next;
	for (const name of names) at = at[name] = { ...(at[name] as Json | undefined) };
	// int64 is a text in proto3 JSON; the broker takes both.
	if (unit === "flag") at[last] = typed !== "";
	else at[last] = typeof raw(policy, path) === "string" || /(Ms|M)$/.test(last) ? String(Math.round(number)) : number;
	return next as PolicyJson;
}

export interface Change {
	group: Group;
	setting: Setting;
	before: string;
	after: string;
}

export function changesOf(before: PolicyJson, after: PolicyJson): Change[] {
	const found: Change[] = [];
	for (const [group, settings] of Object.entries(SETTINGS) as [Group, Setting[]][])
		for (const one of settings) {
			const [was, is] = [read(before, one), read(after, one)];
			if (was !== is) found.push({ group, setting: one, before: was, after: is });
		}
	return found;
}

/** What tries them beside the present rules, on a computer with paidan. */
export function tryCommand(changes: Change[]): string {
	const sets = changes.map(({ setting: { path, unit }, after }) => {
		if (unit === "flag") return `${path}=${after !== ""}`;
		return `${path}=${Math.round(Number(after) * FACTOR[unit])}`;
	});
	return ["paidan rules try", ...sets, "--days 7"].join(" ");
}
