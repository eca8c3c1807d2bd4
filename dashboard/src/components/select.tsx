/** A labelled choice. */
export function Select(
  { label, value, options, onChange, any }: {
    label: string;
    value: string;
    options: (string | { value: string; label: string })[];
    onChange: (value: string) => void;
    /** Label of the choice that is none; without it, one must be chosen. */
    any?: string;
  },
) {
  const known = options.map((option) =>
    typeof option === "string" ? { value: option, label: option } : option
  );
  return (
    <label class="field">
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {any !== undefined && <option value="">{any}</option>}
        {known.map((option) => (
          <option key={option.value} value={option.value}>{option.label}</option>
        ))}
        {
          // What the URL names and is not there any more: shown, and not silently another one.
          value !== "" && !known.some((option) => option.value === value) &&
          <option value={value}>{value} (not found)</option>
        }
      </select>
    </label>
  );
}
