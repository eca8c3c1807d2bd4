import { shorten } from "../../supabase/functions/ingest-benchmark/shorten.ts";
import { hasKeys, isNumber, type SourceDocument, type Warn } from "./adapter.ts";
import { distinctive, isMachinery, reproducible, withoutAddresses } from "./distinctive.ts";
import { cleanName, digest, nameOf, nameWith, settingsName } from "./names.ts";
import type { Column } from "./promptfoo_columns.ts";

/** The provider of a column: its label, else its id. */
export function providerName(column: Column): string | undefined {
  const { provider } = objectOf(column.prompt);
  const ofRow = column.rows.find((row) => row.provider !== undefined)?.provider;
  return [provider, ofRow].map((value) =>
    hasKeys(value) && !isNumber(value) ? labelOf(value.label) ?? labelOf(value.id) : labelOf(value)
  ).find((name) => name !== undefined);
}

/**
 * The prompt of a column: the first 12 digits of promptfoo's id, which is a digest of its text. Where
 * somebody labelled it, the id is a digest of the label only, and the name is the label and a digest
 * of the text.
 */
export function promptName(column: Column, index: number): string {
  const { id, raw, label } = objectOf(column.prompt);
  const text = raw === undefined || raw === null || raw === "" ? undefined : raw;
  const name = labelOf(label);
  const isLabelled = name !== undefined && text !== undefined &&
    !(typeof text === "string" && String(label).includes(text.trim()));
  if (isLabelled) {
    const clean = cleanName(name)!;
    // One digest is enough: of both, where the label was changed.
    return clean === name
      ? nameWith(name, `#${digest(text)}`)
      : nameWith(clean.replace(DIGEST, ""), `#${digest([name, text])}`);
  }
  const shortId = typeof id === "string" ? cleanName(id.slice(0, ID_LENGTH)) : undefined;
  return shortId ?? (text !== undefined ? `#${digest(text)}` : name) ?? `prompt-${index + 1}`;
}

/**
 * The suite, such as `answers #0f1e2d3c4b5a`: its description, else `promptfoo`, and a digest of the tests
 * that were run, with their variables, assertions, options and what is the default of all. A suite whose
 * tests were edited asks something else: it is another data set. Where fewer tests were run than the
 * configuration lists, it says how many: `answers tests=5/40 #1a2b3c4d5e6f`.
 *
 * @param ran How many tests each column ran.
 * @param repeat How often each of them.
 */
export function suiteName(
  config: SourceDocument,
  columns: Column[],
  ran: number,
  repeat: number,
  warn: Warn | undefined,
): string {
  const { tests } = config;
  const listed = Array.isArray(tests) && tests.every((test) => hasKeys(test)) ? tests.length : 0;
  const count = ran / repeat;
  const part = count > 0 && count < listed ? `tests=${count}/${listed}` : undefined;
  const rows = columns.flatMap((column) => column.rows);
  const cases = rows.map((row) => {
    const test = objectOf(row.testCase);
    return { ...test, vars: test.vars ?? row.vars };
  });
  // Of what was run, where it says it: a filter leaves out tests, and a file is only named. Rows of
  // version 2 have no assertions.
  const isWhole = rows.length > 0 && rows.every((row) => hasKeys(row.testCase));
  const asked = [cases, isWhole ? null : tests, config.defaultTest].map(askedBy)
    .filter((one) => !isNothing(one));
  const isKnown = asked.length > 0;
  const description = labelOf(config.description) ?? nameOf(config.description) ?? "promptfoo";
  const name = cleanName(description)!;
  if (name !== description) {
    const shown = JSON.stringify(shorten(description, MAX_SHOWN));
    warn?.(`The description ${shown} became ${JSON.stringify(name)}.`);
  }
  const mark = DIGEST.exec(name)?.[0];
  const isMarked = mark !== undefined && !description.trimEnd().endsWith(mark);
  // One digest is enough: of both.
  return isMarked && (isKnown || part !== undefined)
    ? nameWith(name.replace(DIGEST, ""), part, `#${digest([description, asked])}`)
    : nameWith(name, part, isKnown ? `#${digest(asked)}` : undefined);
}

const DIGEST = / #[0-9a-f]{12}$/;

// Besides its variables, how its answer is graded: not what it is called, nor notes about it.
const ASKING = ["assert", "options", "threshold", "assertScoringFunction", "provider"];
const MAX_SHOWN = 60;

/** Tests, in any order and repeated or not; the name of a file of them as it is. */
function askedBy(tests: unknown): unknown {
  if (Array.isArray(tests)) return [...new Set(tests.map((test) => digest(askedBy(test))))].sort();
  return hasKeys(tests) && !isNumber(tests) ? testOf(tests) : tests;
}

/** A test by what it asks, the same in every run. */
function testOf(test: SourceDocument): SourceDocument {
  const { vars, ...rest } = test;
  const asking = Object.fromEntries(
    ASKING.map((key) => [key, reproducible(ofProviders(rest[key]))]),
  );
  // A variable is part of what is asked, whatever it is called.
  return Object.fromEntries(
    Object.entries({ vars: withoutAddresses(withoutSession(vars)), ...asking })
      .filter(([, value]) => !isNothing(value)),
  );
}

/** Settings of the providers that grade, as those of a column: without where they are. */
function ofProviders(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ofProviders);
  if (!hasKeys(value) || isNumber(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === "config" && "id" in value
        ? distinctive(objectOf(inner), isLeftOut)
        : ofProviders(inner),
    ]),
  );
}

/** Variables as a test says them, without those that promptfoo fills in anew in each run. */
function withoutSession(vars: unknown): unknown {
  if (!hasKeys(vars) || isNumber(vars)) return vars;
  const { sessionId: _s, _conversation: _c, ...rest } = vars;
  return rest;
}

/** Nothing is said by nothing, nor by an empty object: promptfoo fills in such. */
function isNothing(value: unknown): boolean {
  return (value ?? null) === null ||
    typeof value === "object" && !isNumber(value) && Object.keys(value as object).length === 0;
}

/**
 * The settings of each column as a variant, such as `temperature=0.7`: `config` of its provider and of
 * its prompt, without keys, addresses and prices. Of several providers of one name, and of one that
 * calls itself otherwise than the configuration does, promptfoo writes the columns in their order;
 * where they do not fit it, none of their settings is taken.
 */
export function variantNames(
  config: SourceDocument,
  columns: Column[],
  warn: Warn | undefined,
): (string | undefined)[] {
  const settings = settingsByColumn(providersOf(config.providers ?? config.targets), columns, warn);
  return columns.map((column, index) => {
    const { provider, config: ofPrompt } = objectOf(column.prompt);
    const name = settingsName(
      distinctive(
        Object.fromEntries(
          Object.entries({
            ...settings[index],
            ...(hasKeys(provider) && settingsOf(provider)),
            ...objectOf(ofPrompt),
          }).filter(([, value]) => value !== REDACTED),
        ),
        isLeftOut,
      ),
    );
    return name === "" ? undefined : name;
  });
}

const ID_LENGTH = 12;
const REDACTED = "[REDACTED]";

/** Besides machinery where, at what price and with what right a provider is asked. */
function isLeftOut(key: string): boolean {
  return isMachinery(key) || /(?:cost|host)$|^(?:project_.*|env)$/.test(key);
}

interface Provider {
  name: string | undefined;
  settings: SourceDocument;
}

function settingsByColumn(
  providers: Provider[],
  columns: Column[],
  warn: Warn | undefined,
): (SourceDocument | undefined)[] {
  const settings: (SourceDocument | undefined)[] = [];
  const names = columns.map(providerName);
  for (const [name, indexes] of Map.groupBy(columns.keys(), (index) => names[index])) {
    const candidates = providers.filter((one) => one.name === name);
    const own = indexes.map((index) => columns[index]!);
    const isOne = new Set(candidates.map((one) => digest(one.settings))).size === 1;
    const found = isOne ? own.map(() => candidates[0]!) : inOrder(candidates, own);
    indexes.forEach((index, position) => settings[index] = found?.[position]?.settings);
    if (candidates.length > 1 && found === undefined) {
      warn?.(
        `The columns of ${name} cannot be told apart by their settings: ${candidates.length} providers have that name. Give each a label of its own.`,
      );
    }
    if (candidates.length > 0) continue;
    // All of them by their order, as far as it contradicts no name.
    const all = inOrder(providers, columns);
    const isRight = all?.every((one, index) =>
      one.name === names[index] || !names.includes(one.name)
    );
    if (isRight) { for (const index of indexes) settings[index] = all![index]!.settings; }
  }
  return settings;
}

/** The provider of each column, when they are the same prompts again for each provider. */
function inOrder(providers: Provider[], columns: Column[]): Provider[] | undefined {
  const share = columns.length / providers.length;
  if (!Number.isInteger(share) || share === 0) return undefined;
  const prompts = columns.map((column) => {
    const { id, raw, label } = objectOf(column.prompt);
    return digest([id, raw, label]);
  });
  const isSame = new Set(prompts.slice(0, share)).size === share &&
    prompts.every((prompt, index) => prompt === prompts[index % share]);
  return isSame ? columns.map((_, index) => providers[Math.floor(index / share)]!) : undefined;
}

/** Providers as a configuration lists them: names, objects, or objects by name. */
function providersOf(providers: unknown): Provider[] {
  const list = Array.isArray(providers) ? providers : [providers];
  return list.flatMap((entry): Provider[] => {
    if (!hasKeys(entry) || isNumber(entry)) return [{ name: labelOf(entry), settings: {} }];
    const name = labelOf(entry.label) ?? labelOf(entry.id);
    if (name !== undefined) return [{ name, settings: settingsOf(entry) }];
    return Object.entries(entry).map(([id, options]) => ({
      name: labelOf(objectOf(options).label) ?? labelOf(objectOf(options).id) ?? labelOf(id),
      settings: settingsOf(objectOf(options)),
    }));
  });
}

function settingsOf(provider: SourceDocument): SourceDocument {
  return {
    ...objectOf(provider.config),
    ...((provider.transform ?? null) !== null && { transform: provider.transform }),
  };
}

// As it stands there: whoever makes the result cleans it, and says so.
function labelOf(value: unknown): string | undefined {
  return typeof value === "string" && cleanName(value) !== undefined ? value : undefined;
}

function objectOf(value: unknown): SourceDocument {
  return hasKeys(value) && !isNumber(value) ? value : {};
}
