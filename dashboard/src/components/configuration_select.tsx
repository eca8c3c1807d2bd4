import { useMemo, useState } from "preact/hooks";
import type { Configuration } from "../client/documents.ts";
import { NO_ID } from "../url_values.ts";
import { configurationName, joinNames } from "./configuration_name.ts";

// More than fit on a screen are looked for by typing.
const SEARCHED_FROM = 25;

/** A choice of one configuration, or of a series, which stands for what runs in it now; by its id. */
export function ConfigurationSelect(
  { label, value, configurations, onChange, any, hasSeries = false }: {
    label: string;
    value: string;
    configurations: Configuration[];
    onChange: (id: string) => void;
    /** Label of the choice that is none; without it, one must be chosen. */
    any?: string;
    hasSeries?: boolean;
  },
) {
  const [text, setText] = useState("");
  const series = useMemo(() => hasSeries ? newestOfSeries(configurations) : [], [
    configurations,
    hasSeries,
  ]);
  const options = useMemo(
    () => configurations.map((one) => ({ value: one.id, label: configurationName(one) })),
    [configurations],
  );
  const words = text.toLowerCase().split(/\s+/);
  const matches = (option: { value: string; label: string }) =>
    option.value === value || words.every((word) => option.label.toLowerCase().includes(word));
  const shown = options.filter(matches);
  const shownSeries = series.filter((option) =>
    words.every((word) => option.label.toLowerCase().includes(word))
  );
  const isKnown = value === "" || options.some((option) => option.value === value);
  return (
    <div class="configuration-select">
      {options.length > SEARCHED_FROM && (
        <label class="field">
          <span>
            Find <span class="hidden">for “{label}”</span>
          </span>
          <input
            type="search"
            value={text}
            placeholder="Part of a name"
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
      )}
      <label class="field">
        <span>{label}{words.some((word) => word !== "") && ` (${shown.length} found)`}</span>
        <select
          value={value}
          onChange={(event) => onChange(event.currentTarget.value.split(" ").at(-1)!)}
        >
          {any !== undefined && <option value="">{any}</option>}
          {!isKnown && (
            <option value={value}>{value === NO_ID ? "Not found" : `${value} (not found)`}</option>
          )}
          {shownSeries.length > 0 && (
            <optgroup label="Series: what runs in them now">
              {shownSeries.map((option) => (
                <option key={option.value} value={`series ${option.value}`}>
                  {option.label}
                </option>
              ))}
            </optgroup>
          )}
          {shownSeries.length > 0
            ? <optgroup label="Configurations">{shown.map(optionOf)}</optgroup>
            : shown.map(optionOf)}
        </select>
      </label>
    </div>
  );
}

function optionOf({ value, label }: { value: string; label: string }) {
  return <option key={value} value={value}>{label}</option>;
}

/** Of each series, in a dataset, environment and variant, the configuration that took over last. */
function newestOfSeries(configurations: Configuration[]): { value: string; label: string }[] {
  const newest = new Map<string, Configuration>();
  for (const one of configurations) {
    if (one.series === null) continue;
    const name = joinNames([one.series, one.dataset_version, one.environment, one.variant]);
    const other = newest.get(name);
    if (other === undefined || other.created_at < one.created_at) newest.set(name, one);
  }
  return [...newest].map(([label, { id }]) => ({ value: id, label }))
    .sort((a, b) => a.label.localeCompare(b.label));
}
