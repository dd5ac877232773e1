// Numbers as people read them.

const NARROW = "\u202f";
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const decimal = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const day = new Intl.DateTimeFormat("en", { month: "short", day: "numeric", hour: "numeric", minute: "numeric" });

export const count = (number) => whole.format(number);
export const rounded = (number) => (number < 10 ? decimal : whole).format(number);
export const when = (time) => day.format(new Date(time));
export const percent = (share) => `${Math.floor(100 * share)}${NARROW}%`;

/** 1, 1.5 kB, 28 MB … in powers of a thousand, as phones count them. */
export function bytes(number) {
  let unit = 0;
  while (number >= 999.5 && unit < 4) {
    number /= 1000;
    unit += 1;
  }
  return `${rounded(number)}${NARROW}${["bytes", "kB", "MB", "GB", "TB"][unit]}`;
}

/** A length of time in the two units that matter: 8 s, 2 min 5 s, 1 h 20 min. */
export function duration(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s}${NARROW}s`;
  const [big, small, units] = s < 3600 ? [Math.floor(s / 60), s % 60, ["min", "s"]]
    : [Math.floor(s / 3600), Math.floor((s % 3600) / 60), ["h", "min"]];
  return `${big}${NARROW}${units[0]}${small ? ` ${small}${NARROW}${units[1]}` : ""}`;
}

/** A point in a video: 0:04.20. */
export function timecode(seconds) {
  const hundredths = Math.round(seconds * 100);
  const two = (number) => String(number).padStart(2, "0");
  const minutes = Math.floor(hundredths / 6000);
  return `${minutes}:${two(Math.floor(hundredths / 100) % 60)}.${two(hundredths % 100)}`;
}

export const plural = (number, one, many = `${one}s`) => `${count(number)} ${number === 1 ? one : many}`;
