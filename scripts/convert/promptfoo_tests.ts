import { isLine } from "../../supabase/functions/ingest-benchmark/payload/line.ts";
import { hasKeys, numberOf, type SourceDocument } from "./adapter.ts";
import type { RawItem } from "./items.ts";
import { digest } from "./names.ts";

// An id has at most 200 characters, and a digest and a number may follow.
const MAX_DESCRIPTION_LENGTH = 170;

const OWN_NAMES = ["id", "group", "epoch", "pass_rate", "score", "latency_ms", "analysis_cost"];

interface Test {
  row: SourceDocument;
  description: string | undefined;
  /** Of the variables; undefined for a row that has none. */
  variables: string | undefined;
  /** Equal for repetitions of one test only. */
  identity: string;
}

/**
 * The tests of one prompt as items. promptfoo gives a test no name that lasts: its row has a new id
 * in each run, and its index counts repetitions and moves with every test before it. So a test is
 * its description, where that is not another's, too, else a digest of its variables. What is there
 * again with the same description, variables and assertions is a repetition (`--repeat`): an epoch.
 *
 * @param rows Of `results.results`, of one prompt.
 */
export function testItems(rows: SourceDocument[]): RawItem[] {
  // Rows stand in the order in which answers came.
  const tests = rows.map(testOf).sort((a, b) => indexOf(a.row) - indexOf(b.row));
  const ids = idsOf(tests);
  const isRepeated = new Set(tests.map(({ identity }) => identity)).size < tests.length;
  const epochs = new Map<string, number>();
  return tests.map(({ row, identity }) => {
    const named = namedScoresOf(row);
    const epoch = (epochs.get(identity) ?? 0) + 1;
    epochs.set(identity, epoch);
    return {
      id: ids.get(identity),
      ...(isRepeated && { epoch }),
      scores: {
        pass_rate: row.success,
        score: row.score,
        latency_ms: row.latencyMs,
        analysis_cost: row.cost,
        ...named,
      },
    };
  });
}

/** What its assertions gave by the names that their `metric` has, but for names of its own. */
function namedScoresOf(row: SourceDocument): SourceDocument {
  return hasKeys(row.namedScores)
    ? Object.fromEntries(
      Object.entries(row.namedScores).filter(([name]) => !OWN_NAMES.includes(name)),
    )
    : {};
}

function testOf(row: SourceDocument): Test {
  const test = hasKeys(row.testCase) ? row.testCase : {};
  const description = test.description ?? row.description;
  // As the test says them; those of the row may have files, outputs and sessions filled in.
  const variables = hasKeys(test.vars) ? test.vars : row.vars;
  const parts = {
    description: typeof description === "string" && isLine(description, MAX_DESCRIPTION_LENGTH)
      ? description
      : undefined,
    variables: hasKeys(variables) && Object.keys(variables).length > 0
      ? digest(variables)
      : undefined,
  };
  const identity = JSON.stringify([parts.description, parts.variables, digest(test.assert)]);
  return { row, ...parts, identity };
}

/** The id of each identity: as short as it can be and still be one's own. */
function idsOf(tests: Test[]): Map<string, string | undefined> {
  const distinct = new Map(tests.map((test) => [test.identity, test]));
  const ids = new Map<string, string | undefined>();
  const byDescription = Map.groupBy(distinct, ([, { description }]) => description);
  for (const [description, sameDescription] of byDescription) {
    if (description !== undefined && sameDescription.length === 1) {
      ids.set(sameDescription[0]![0], description);
      continue;
    }
    const byVariables = Map.groupBy(sameDescription, ([, { variables }]) => variables);
    for (const [variables, same] of byVariables) {
      same.forEach(([identity], index) => {
        const parts = [
          ...(description === undefined ? [] : [description]),
          ...(variables === undefined ? [] : [`#${variables}`]),
          // Tests that differ by their assertions only: told apart by their order.
          ...(same.length === 1 ? [] : [`(${index + 1})`]),
        ];
        ids.set(identity, parts.length === 0 ? undefined : parts.join(" "));
      });
    }
  }
  return ids;
}

function indexOf(row: SourceDocument): number {
  return numberOf(row.testIdx) ?? 0;
}
