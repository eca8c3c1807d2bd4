import type { Issue, IssueType, Question } from "./dataset.ts";
import type { Model } from "./model.ts";

// What may be billed of a code on one day.
const MAX_A_DAY: Record<string, number> = {
  "36415": 1,
  "71046": 1,
  "80053": 1,
  "82947": 3,
  "85025": 1,
  "93000": 1,
  "97110": 4,
  "96372": 4,
  "99213": 1,
  "99214": 1,
  "99215": 1,
  "99232": 1,
};
// Tests that a panel already contains.
const PANELS: Record<string, string[]> = { "80053": ["82947", "84520", "82565"] };
// The least time that a visit code stands for.
const MIN_MINUTES: Record<string, number> = { "99213": 20, "99214": 30, "99215": 40 };
const CENT = 0.005;

/**
 * The floor that every model must beat: rules over codes, dates and amounts. Reads no prose but
 * "N minutes documented", so it misses what only the notes say. No network, same result each time.
 */
export const baseline: Model = {
  name: "baseline",
  provider: "rules",
  promptVersion: "rules-v1",
  analyse: (bill) =>
    Promise.resolve({ issues: findIssues(bill), cost: 0, inputTokens: 0, outputTokens: 0 }),
};

/**
 * The baseline with some rules taken out. Its name and version stay: it stands for a change that
 * broke it and that nobody announced.
 */
export function baselineWithout(types: IssueType[]): Model {
  return {
    ...baseline,
    analyse: async (bill, signal) => {
      const answer = await baseline.analyse(bill, signal);
      return { ...answer, issues: answer.issues.filter(({ type }) => !types.includes(type)) };
    },
  };
}

function findIssues(bill: Question): Issue[] {
  const issues: Issue[] = [];
  const seen = new Set<string>();
  bill.lines.forEach((line, index) => {
    const key = [line.code, line.date, line.modifier ?? ""].join("|");
    if (seen.has(key)) issues.push({ type: "duplicate_charge", line: index });
    seen.add(key);

    const sameDay = bill.lines.filter((other) => other.date === line.date);
    if (sameDay.some((other) => PANELS[other.code]?.includes(line.code))) {
      issues.push({ type: "unbundling", line: index });
    }
    const minutes = /(\d+) minutes documented/.exec(line.note ?? "")?.[1];
    if (minutes !== undefined && Number(minutes) < (MIN_MINUTES[line.code] ?? 0)) {
      issues.push({ type: "upcoding", line: index });
    }
    if (line.quantity > (MAX_A_DAY[line.code] ?? Infinity)) {
      issues.push({ type: "wrong_quantity", line: index });
    }
    if (Math.abs(line.quantity * line.unit_price - line.amount) > CENT) {
      issues.push({ type: "arithmetic_error", line: index });
    }
    if (bill.discharge !== undefined && line.date > bill.discharge) {
      issues.push({ type: "charge_after_discharge", line: index });
    }
  });
  const sum = bill.lines.reduce((total, line) => total + line.amount, 0);
  if (Math.abs(sum - bill.total) > CENT) issues.push({ type: "arithmetic_error", line: null });
  return issues;
}
