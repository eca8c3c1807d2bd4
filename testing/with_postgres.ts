// Runs a command with DATABASE_URL set to a fresh database on a real Postgres server.
import { startPostgresServer } from "./postgres_server.ts";

const [command, ...args] = Deno.args;
if (command === undefined) {
  console.error("Usage: deno run -A testing/with_postgres.ts COMMAND [ARGUMENT]...");
  Deno.exit(2);
}
const server = await startPostgresServer();
const { code } = await new Deno.Command(command, {
  args,
  env: { DATABASE_URL: await server.createDatabase() },
  stdout: "inherit",
  stderr: "inherit",
}).output();
await server.close();
Deno.exit(code);
