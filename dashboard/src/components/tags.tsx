import { Fragment } from "preact";

/** Words in frames, with spaces between for those who have them read. */
export function Tags({ names, failing }: { names: string[]; failing?: string }) {
  return (
    <span class="tags">
      {names.map((name) => (
        <Fragment key={name}>
          <span class={name === failing ? "tag fail" : "tag"}>{name}</span>
          {" "}
        </Fragment>
      ))}
    </span>
  );
}
