import { useSearchParams } from "wouter-preact";

/** The views, in the order of the menu. */
export const VIEWS = ["current", "trends", "compare", "regressions", "history"] as const;

/** See {@link VIEWS}. */
export type View = (typeof VIEWS)[number];

/** Changes some parameters of the URL; null removes one. */
export type SetParameters = (changes: Record<string, string | null>) => void;

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
    view: VIEWS.includes(named) ? named : "current",
    parameters,
    setParameters(changes) {
      setSearchParams((last: URLSearchParams) => {
        const next = new URLSearchParams(last);
        for (const [name, value] of Object.entries(changes)) {
          if (value === null || value === "") next.delete(name);
          else next.set(name, value);
        }
        return next;
      });
    },
  };
}

/** The URL of a view. */
export function viewUrl(
  view: View,
  parameters: Record<string, string | number | null> = {},
): string {
  const query = new URLSearchParams({ view });
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null) query.set(name, String(value));
  }
  return `?${query}`;
}
