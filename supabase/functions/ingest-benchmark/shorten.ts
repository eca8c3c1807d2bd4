/** A text of at most so many characters; of a longer one the beginning and `…`. */
export function shorten(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  let length = 0;
  let position = 0;
  let end = 0;
  // By code points: half a surrogate pair is no character.
  for (const character of text) {
    if (++length > maxLength) return `${text.slice(0, end)}…`;
    position += character.length;
    if (length === maxLength - 1) end = position;
  }
  return text;
}

/** Whether a text has more than so many characters. */
export function isLongerThan(text: string, maxLength: number): boolean {
  return text.length > maxLength && shorten(text, maxLength) !== text;
}
