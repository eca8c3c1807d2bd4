import type { Issue, Question } from "./dataset.ts";

/** What a model found in one bill. */
export interface Answer {
  issues: Issue[];
  /** US dollars. */
  cost: number;
  inputTokens: number;
  outputTokens: number;
}

/** Something that looks for billing errors. */
export interface Model {
  /** What becomes `model_version`. */
  name: string;
  provider: string;
  /** Which prompt it was given; a rule checker's is its own version. */
  promptVersion: string;
  /**
   * Looks for issues in one bill.
   *
   * @throws When it fails for good; the document is then counted as an error.
   */
  analyse(bill: Question, signal: AbortSignal): Promise<Answer>;
}
