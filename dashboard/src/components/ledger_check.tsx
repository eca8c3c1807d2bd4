import type { Check } from "../ledger/read_entries.ts";

const CHECKS: Record<Check, { sign: string; words: string }> = {
  intact: { sign: "✓", words: "verified" },
  erased: { sign: "✓", words: "verified, personal data erased" },
  broken: { sign: "✗", words: "does not verify" },
  unchecked: { sign: "?", words: "not checked" },
};

/** What checking an entry gave, in words. */
export function checkWords(check: Check): string {
  return CHECKS[check].words;
}

/** The same with a sign. */
export function LedgerCheck({ check }: { check: Check }) {
  return (
    <span class={`check-mark ${check}`}>
      <span aria-hidden="true">{CHECKS[check].sign}</span> {CHECKS[check].words}
    </span>
  );
}
