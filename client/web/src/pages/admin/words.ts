/** The administration's words. */
import { words } from "~/lib/i18n";
import { en } from "./words_en";
import { zh } from "./words_zh";

export const text = words(zh, en);
