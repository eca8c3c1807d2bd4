/** What is said of a run or a configuration, the gravest first. */
export const STATES = [
  "worse",
  "drifted",
  "inconclusive",
  "acknowledged",
  "fine",
  "not judged",
  "replaced",
] as const;

/** See {@link STATES}. */
export type State = (typeof STATES)[number];

/** What the gravest verdict of a run makes of it. */
export function stateOfVerdict(verdict: "worse" | "inconclusive" | "not-worse" | null): State {
  return verdict === null ? "not judged" : verdict === "not-worse" ? "fine" : verdict;
}

const SIGNS: Record<State, string> = {
  "worse": "✗",
  "drifted": "↘",
  "inconclusive": "?",
  "acknowledged": "✓",
  "fine": "✓",
  "not judged": "–",
  "replaced": "→",
};

/** A state as sign, word and colour: colour alone says nothing to some. */
export function VerdictBadge(
  { state, title, word = state }: {
    state: State;
    title?: string;
    /** What it says, where that is more than the state. */
    word?: string;
  },
) {
  return (
    <span class={`verdict ${state.replace(" ", "-")}`} title={title}>
      <span aria-hidden="true">{SIGNS[state]}</span> {word}
    </span>
  );
}
