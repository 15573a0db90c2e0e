/** What kind of member somebody is, in words. */
import type { MemberJson } from "~api";
import { text } from "./words";

export function memberKind(member: MemberJson): string {
	return text().members.kinds[(member.kind ?? "").replace("MEMBER_KIND_", "") as "UNIT"] ?? "";
}
