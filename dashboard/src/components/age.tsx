import { useEffect, useState } from "preact/hooks";
import { formatAge, formatTime } from "../format/times.ts";

const MINUTE_MS = 60_000;

/** How long ago something was; it goes on while the page is open and nothing is read. */
export function Age({ at }: { at: string | number }) {
  const [, setMinute] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setMinute((last) => last + 1), MINUTE_MS);
    return () => clearInterval(timer);
  }, []);
  return <time title={formatTime(at)}>{formatAge(at)}</time>;
}
