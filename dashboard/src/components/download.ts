import papaparse from "papaparse";

/** Offers a file to the browser. */
export function download(name: string, content: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

/**
 * Rows as CSV (RFC 4180).
 *
 * @param headings Names of the columns.
 */
export function toCsv(headings: string[], rows: (string | number | boolean | null)[][]): string {
  // Names come from anywhere, and a spreadsheet runs a cell that begins with = as a formula.
  return papaparse.unparse({ fields: headings, data: rows }, { escapeFormulae: true });
}
