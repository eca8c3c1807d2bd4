/** A line of the table that is printed. */
export interface BenchRow {
  what: string;
  value: string;
  ratio?: string;
  /** CPU time of the server for one call, and the ratio of that of what it is compared with. */
  cpu?: string;
  cpuRatio?: string;
}
