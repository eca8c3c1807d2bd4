import type { Configuration } from "../client/documents.ts";
import { configurationName } from "./configuration_name.ts";
import { Select } from "./select.tsx";

/** A choice of one configuration, by its id. */
export function ConfigurationSelect(
  { configurations, ...rest }: {
    label: string;
    value: string;
    configurations: Configuration[];
    onChange: (id: string) => void;
    any?: string;
  },
) {
  const options = configurations.map((one) => ({ value: one.id, label: configurationName(one) }));
  return <Select {...rest} options={options} />;
}
