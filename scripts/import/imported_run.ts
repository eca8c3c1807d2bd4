/** A run of a history that was kept elsewhere, as a result in the format that is ingested. */
export interface ImportedRun {
  /** Where it stands, such as "runs.jsonl line 12". */
  source: string;
  /** The file that it is in. */
  file: string;
  /** The result's JSON. Numbers and texts are those of the source. */
  text: string;
  /** Of runs of one time, the smaller is the earlier one. */
  order: number;
  /** What the source says about the run besides, and people decided. */
  state?: RunState;
}

/** What the original system's snapshots say of a run. */
export interface RunState {
  isCurrent: boolean;
  isBaseline: boolean;
  isActive: boolean;
}
