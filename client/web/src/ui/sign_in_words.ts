/** What is said when people sign in. */
import { words } from "~/lib/i18n";

export const text = words(
	{
		title: "登录",
		tenant: "辖区",
		name: "登录名",
		password: "密码",
		code: "动态验证码或恢复码",
		go: "登录",
		again: "登录已失效，请重新登录。填写中的内容不会丢失。",
		invite: "设置密码",
		inviteText: "首次登录：请设置密码（至少 10 个字符）。",
		set: "设置并继续",
		enrol: "启用动态验证码",
		enrolText: "管理员须使用动态验证码。在验证器应用里添加下面的密钥，再输入它显示的 6 位数字。",
		enrolGo: "确认",
		start: "开始",
		codes: "恢复码",
		codesText: "请抄下并妥善保管：每个可代替一次验证码，只显示这一次。",
		codesDone: "已保存，继续",
	},
	{
		title: "Sign in",
		tenant: "Tenant",
		name: "Name",
		password: "Password",
		code: "Code of the authenticator, or a recovery code",
		go: "Sign in",
		again: "The session has ended: sign in again. What you were writing is still there.",
		invite: "Set a password",
		inviteText: "First sign-in: set a password of at least 10 characters.",
		set: "Set and go on",
		enrol: "Second factor",
		enrolText:
			"Administrators need a second factor. Add this secret to an authenticator and type the six digits it shows.",
		enrolGo: "Confirm",
		start: "Begin",
		codes: "Recovery codes",
		codesText: "Write them down: each is good once in place of a code, and they are shown only now.",
		codesDone: "Kept: go to the desk",
	},
);
