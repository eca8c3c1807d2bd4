import assert from "node:assert/strict";
import { glob } from "node:fs/promises";
import { UserError } from "../cli/user_error.ts";
import { convertDocument } from "./convert_document.ts";
import { parseDocument } from "./read_document.ts";

const ROUNDS = 3_000;
const FIXTURES = new URL("fixtures/", import.meta.url);

const exactly = (text: string) => parseDocument(text, "", {}, () => {});
const ODD: (() => unknown)[] = [
  () => null,
  () => undefined,
  () => "",
  () => " x\n",
  () => "two\nlines",
  () => "a\u200bb",
  () => "x".repeat(400),
  () => "2026-01-01",
  () => "NaN",
  () => -1,
  () => 0,
  () => 1.5,
  () => 83,
  () => 1e13,
  () => 1e308,
  () => true,
  () => [],
  () => ({}),
  () => [null],
  () => ["a", 1, {}],
  () => ({ a: { b: { c: 1 } } }),
  () => ({
    id: "x",
    label: "",
    config: { temperature: exactly("0.30000000000000000000000000001") },
  }),
  () => exactly("0.123456789012345678901234567890"),
  () => exactly("123456789012345678901234567890"),
];
const KEYS = ["two\nlines", "constructor", "toString", "a~/b", "x".repeat(199)];

/** The same numbers from 0 to below 1 in every run. */
function* numbers(): Generator<number> {
  for (let state = 1;;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield (state >>> 8) / 2 ** 24;
  }
}

type Node = Record<string, unknown>;
const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && !("rawJSON" in value);

function copy(value: unknown): unknown {
  if (!isNode(value)) return value;
  if (Array.isArray(value)) return value.map(copy);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copy(inner)]));
}

/** Takes something out of a document, puts something odd into it, or gives it another key. */
function change(document: unknown, random: () => number): void {
  let at = document;
  let parent: Node | undefined;
  let key = "";
  for (let depth = Math.ceil(random() * 6); depth > 0 && isNode(at); depth--) {
    const keys = Object.keys(at);
    if (keys.length === 0) break;
    parent = at;
    key = keys[Math.floor(random() * keys.length)]!;
    at = at[key];
  }
  if (parent === undefined) return;
  const how = random();
  if (Array.isArray(parent)) {
    if (how < 0.2) parent.splice(Number(key), 1);
    else if (how < 0.4) parent.push(copy(at));
    else parent[Number(key)] = ODD[Math.floor(random() * ODD.length)]!();
    return;
  }
  if (how < 0.3) delete parent[key];
  if (how > 0.2 && how < 0.3) parent[KEYS[Math.floor(random() * KEYS.length)]!] = at;
  if (how >= 0.3) parent[key] = ODD[Math.floor(random() * ODD.length)]!();
}

Deno.test("any document is converted to what the function takes, or refused in words", async () => {
  // In the order of their names: the rounds are the same everywhere.
  const files = (await Array.fromAsync(glob("**/*.json", { cwd: FIXTURES.pathname }))).sort();
  const documents = await Promise.all(files.map(async (file) => {
    const text = await Deno.readTextFile(new URL(file, FIXTURES));
    return parseDocument(text, file, {}, () => {});
  }));
  const source = numbers();
  const random = () => source.next().value as number;
  let converted = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const document = copy(documents[round % documents.length]);
    for (let times = Math.ceil(random() * 4); times > 0; times--) change(document, random);
    const before = JSON.stringify(document);
    try {
      // Which checks it against the contract.
      convertDocument(document, { model: random() < 0.5 ? "m" : undefined, warn: () => {} });
      converted++;
    } catch (error) {
      if (!(error instanceof UserError)) {
        throw new Error(`round ${round}: ${before.slice(0, 500)}`, { cause: error });
      }
    }
    assert.equal(JSON.stringify(document), before, "the document stays as it is");
  }
  assert.ok(converted > ROUNDS / 5, `${converted} converted`);
});
