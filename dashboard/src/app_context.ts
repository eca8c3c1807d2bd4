import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Reader } from "./client/read.ts";

/** What every view has at hand. */
export interface AppContextValue {
  reader: Reader;
  /** Goes up when something that is shown may have changed: read again. */
  revision: number;
}

/** See {@link useApp}. */
export const AppContext = createContext<AppContextValue | null>(null);

/** The context; for components inside of {@link App} only. */
export function useApp(): AppContextValue {
  return useContext(AppContext)!;
}
