import assert from "node:assert/strict";
import { adminCommand } from "./admin_command.ts";

const CONFIGURATION = {
  id: "",
  model_version: "m",
  dataset_version: "d",
  prompt_version: "p",
  environment: "local",
  last_version: 3,
  current_version: 3,
  baseline_version: null,
};

Deno.test("adminCommand() is the line to run", () => {
  assert.equal(
    adminCommand("checkout", CONFIGURATION, 2),
    "deno task admin checkout --model m --dataset d --prompt p --environment local --version 2",
  );
});

Deno.test("adminCommand() quotes names, so that pasting it runs nothing else", async () => {
  const model_version = "it's; $(touch /tmp/x) `y`";
  const line = adminCommand("baseline", { ...CONFIGURATION, model_version }, 1);
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", `printf '%s\n' ${line.slice("deno task admin baseline ".length)}`],
  }).output();
  assert.deepEqual(new TextDecoder().decode(stdout).split("\n").slice(0, 2), [
    "--model",
    model_version,
  ]);
});
