/** What stands in the head of every page of the office. */
import { words } from "~/lib/i18n";

export const text = words(
	{
		pages: { desk: "派单台", stats: "统计", points: "积分", admin: "管理" },
		nav: "页面",
		more: "更多",
		theme: { auto: "跟随系统", light: "浅色", dark: "深色" },
		look: "外观",
		language: "English",
		signOut: "退出登录",
		print: "打印",
		csv: "导出 CSV",
		next: "更多",
		empty: "没有内容",
		loading: "正在读取…",
	},
	{
		pages: { desk: "Desk", stats: "Statistics", points: "Points", admin: "Administration" },
		nav: "Pages",
		more: "More",
		theme: { auto: "As the device", light: "Light", dark: "Dark" },
		look: "Look",
		language: "中文",
		signOut: "Sign out",
		print: "Print",
		csv: "Export CSV",
		next: "More",
		empty: "Nothing here",
		loading: "Loading…",
	},
);
