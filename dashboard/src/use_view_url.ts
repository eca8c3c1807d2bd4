import { useSearchParams } from "wouter-preact";

/** The views of the menu, in its order. */
export const MENU = [
  "overview",
  "trends",
  "compare",
  "regressions",
  "leaderboard",
  "history",
] as const;

/** Those, and the one that others lead to. */
const VIEWS = [...MENU, "run"] as const;

/** A view, by its name in the URL. */
export type View = (typeof VIEWS)[number];

/**
 * Changes some parameters of the URL; null removes one.
 *
 * @param options Whether the entry in the browser's history is replaced: for what is typed.
 */
export type SetParameters = (
  changes: Record<string, string | null>,
  options?: { replace?: boolean },
) => void;

/**
 * What the URL says is shown. The query string and not the path: a static host then needs no
 * rules, and the folder that the page is in does not matter.
 */
export function useViewUrl(): {
  view: View;
  parameters: URLSearchParams;
  setParameters: SetParameters;
} {
  const [parameters, setSearchParams] = useSearchParams();
  const named = parameters.get("view") as View;
  return {
    view: VIEWS.includes(named) ? named : "overview",
    parameters,
    setParameters(changes, options = {}) {
      setSearchParams((last: URLSearchParams) => {
        const next = new URLSearchParams(last);
        for (const [name, value] of Object.entries(changes)) {
          if (value === null || value === "") next.delete(name);
          else next.set(name, value);
        }
        return next;
      }, options);
    },
  };
}

/** The URL of a view. */
export function viewUrl(
  view: View,
  parameters: Record<string, string | number | null> = {},
): string {
  const query = new URLSearchParams(view === "overview" ? {} : { view });
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null) query.set(name, String(value));
  }
  return `?${query}`;
}
