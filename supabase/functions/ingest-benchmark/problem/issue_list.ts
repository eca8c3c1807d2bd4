import { toPointer } from "../json_pointer.ts";
import { shorten } from "../shorten.ts";
import { type Issue, MAX_ISSUE_LENGTH, MAX_ISSUES } from "./problem.ts";

/**
 * What is wrong in a body: the first {@link MAX_ISSUES}, and how many there are in all. A body
 * can have an issue every two bytes; neither memory nor the answer may grow with them.
 */
export class IssueList {
  readonly first: Issue[] = [];
  total = 0;

  /**
   * Adds one.
   *
   * @param path Keys and indexes from the outermost. Read only when the issue is kept, and only
   * as far as its pointer goes.
   * @param message A sentence that the pointer begins; a function is called when it is kept.
   */
  add(path: Iterable<PropertyKey>, message: string | (() => string)): void {
    if (++this.total > MAX_ISSUES) return;
    const pointer = toPointer(path, MAX_ISSUE_LENGTH);
    // A key can be what is wrong: well-formed, so that the answer is.
    this.first.push({
      pointer: pointer.toWellFormed().replaceAll("\0", "\\u0000"),
      message: shorten(typeof message === "string" ? message : message(), MAX_ISSUE_LENGTH),
    });
  }
}
