// Prints the rows of a Parquet file as JSON, read by another library than the one that wrote it:
// the Rust implementation of Arrow. A process of its own, because its packages are large.
import { tableFromIPC } from "apache-arrow";
import { readParquet } from "parquet-wasm";

const [path] = Deno.args;
const table = tableFromIPC(readParquet(await Deno.readFile(path!)).intoIPCStream());
const rows = table.toArray().map((row) => row.toJSON());
console.log(
  JSON.stringify(rows, (_, value) => typeof value === "bigint" ? Number(value) : value),
);
