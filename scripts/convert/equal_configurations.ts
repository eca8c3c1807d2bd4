import { UserError } from "../cli/user_error.ts";
import type { SourceDocument } from "./adapter.ts";

const CONFIGURATION = ["model_version", "dataset_version", "prompt_version", "variant"];

/**
 * Refuses results that would be one configuration: of one document always, and of several unless they
 * were measured at different times, as runs of one configuration are.
 *
 * @param batches The results of each document.
 * @param sources What each document is called.
 * @throws {UserError} With both of them, and how to tell them apart.
 */
export function refuseEqual(batches: SourceDocument[][], sources: string[]): void {
  const seen = new Map<string, { document: number; index: number; timestamp: unknown }[]>();
  for (const [document, results] of batches.entries()) {
    for (const [index, result] of results.entries()) {
      const { timestamp } = result;
      const key = JSON.stringify(CONFIGURATION.map((name) => result[name] ?? ""));
      const before = seen.get(key) ?? [];
      const same = before.find((one) =>
        one.document === document || one.timestamp === undefined || timestamp === undefined ||
        one.timestamp === timestamp
      );
      if (same !== undefined) {
        const names = CONFIGURATION.filter((name) => name in result)
          .map((name) => `${name} ${result[name]}`);
        const of = sources[document]!;
        const both = same.document === document
          ? `${of === "" ? "Results" : `${of}: results`} ${same.index + 1} and ${index + 1}`
          : `${sources[same.document]} and ${of}`;
        throw new UserError(
          `${both} are one configuration (${
            names.join(", ")
          }): tell them apart where they are made, such as by a label of each provider or an id of each prompt, or convert them one by one with --variant.`,
        );
      }
      seen.set(key, [...before, { document, index, timestamp }]);
    }
  }
}
