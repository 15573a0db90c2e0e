/** Whom residents call when they'd rather speak: the government's service line, which every town of China has. */
export const HOTLINE = "12345";
/** And when a life is at stake. */
export const AMBULANCE = "120";
