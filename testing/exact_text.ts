// JSON texts for tests: every number, escape and character that JSON has, as no serializer writes
// them.
import type { Random } from "./random.ts";

/** The text of a random JSON object, its numbers and strings as awkward as JSON lets them be. */
export function randomObjectText(next: Random, depth: number): string {
  const members = new Map<string, string>();
  const count = Math.floor(next() * 5);
  for (let index = 0; index < count; index++) {
    // Its index first: keys must be unique, and none may be __proto__.
    members.set(
      `${index}${randomCharacters(next, 5)}`,
      randomText(next, depth - 1),
    );
  }
  const space = () => [" ", "\n", "\t", "\r\n", "", ""][Math.floor(next() * 6)]!;
  const texts = [...members].map(([key, value]) =>
    `${space()}${stringText(next, key)}${space()}:${space()}${value}${space()}`
  );
  return `{${texts.join(",")}}`;
}

/** Nested as deep as a result may be, counted with the object that it is put into and metrics. */
export function deepText(levels: number): string {
  return `${'{"a":['.repeat(levels / 2)}1.0${"]}".repeat(levels / 2)}`;
}

function randomText(next: Random, depth: number): string {
  switch (Math.floor(next() * (depth > 0 ? 7 : 5))) {
    case 0:
      return ["null", "true", "false"][Math.floor(next() * 3)]!;
    case 1:
    case 2:
      return numberText(next);
    case 3:
    case 4:
      return stringText(next, randomCharacters(next, 12));
    case 5:
      return `[${
        Array.from({ length: next() * 4 }, () => randomText(next, depth - 1)).join(" ,")
      }]`;
    default:
      return randomObjectText(next, depth - 1);
  }
}

/** Up to 30 digits before the point and 30 after it, perhaps with an exponent. */
function numberText(next: Random): string {
  const digits = (most: number) =>
    Array.from({ length: 1 + Math.floor(next() * most) }, () => Math.floor(next() * 10)).join("");
  const whole = digits(30).replace(/^0+(?=\d)/, "");
  const fraction = next() < 0.5 ? `.${digits(30)}` : "";
  const sign = next() < 0.3 ? "-" : "";
  const exponent = next() < 0.3
    ? `${next() < 0.5 ? "e" : "E"}${["", "+", "-"][Math.floor(next() * 3)]}${
      Math.floor(next() * 200)
    }`
    : "";
  return `${sign}${whole}${fraction}${exponent}`;
}

/** Of every plane of Unicode but what Postgres cannot store: U+0000 and surrogates. */
function randomCharacters(next: Random, most: number): string {
  return Array.from({ length: Math.floor(next() * most) }, () => {
    const plane = Math.floor(next() * 17);
    const point = next() < 0.4
      ? 1 + Math.floor(next() * 0x7f)
      : plane * 0x10000 + Math.floor(next() * 0x10000);
    return point === 0 || (point >= 0xd800 && point <= 0xdfff)
      ? "\ufffd"
      : String.fromCodePoint(point);
  }).join("");
}

const SHORT: Record<string, string> = {
  '"': '\\"',
  "\\": "\\\\",
  "/": "\\/",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

/** A string, each of its characters raw, as a short escape or as \u with either case of hex. */
function stringText(next: Random, text: string): string {
  let escaped = "";
  for (const character of text) {
    const must = character < " " || character === '"' || character === "\\";
    const choice = next();
    if (SHORT[character] !== undefined && choice < 0.5) escaped += SHORT[character];
    else if (must || choice > 0.8) {
      for (let unit = 0; unit < character.length; unit++) {
        const hex = character.charCodeAt(unit).toString(16).padStart(4, "0");
        escaped += `\\u${next() < 0.5 ? hex : hex.toUpperCase()}`;
      }
    } else escaped += character;
  }
  return `"${escaped}"`;
}
