/**
 * A query as Grafana sends it to Postgres. Its macros end at the first closing parenthesis and are
 * cut at commas, so that an expression in one is broken: it is here as well.
 */
export function grafanaQuery(sql: string, range: { from: Date; to: Date }): string {
  return sql.replace(/\$__timeFilter\(([^)]*)\)/g, (_, text: string) => {
    const column = text.split(",")[0]!.trim();
    return `${column} BETWEEN '${range.from.toISOString()}' AND '${range.to.toISOString()}'`;
  });
}
