import assert from "node:assert/strict";
import { runScript } from "../../testing/run_script.ts";
import { startStackProcess } from "../../testing/stack_process.ts";
import { signSession } from "../../stack/session_token.ts";

Deno.test("admin read-access and reader decide who reads, at once", async (t) => {
  const dataDirectory = await Deno.makeTempDir();
  const stack = await startStackProcess({ dataDirectory });
  const ada = { id: "00000000-0000-4000-8000-00000000000a", email: "Ada@example.com" };
  const bob = { id: "00000000-0000-4000-8000-00000000000b", email: "bob@example.com" };
  const eve = { id: "00000000-0000-4000-8000-00000000000e", email: "eve@example.com" };
  const invited: string[] = [];
  // Supabase Auth cannot run here: a stand-in answers its admin API, the stack all the rest.
  const auth = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { pathname, search, searchParams } = new URL(request.url);
    assert.equal(request.headers.get("apikey"), stack.env.SUPABASE_SECRET_KEY);
    if (pathname === "/auth/v1/admin/users") {
      const page = Number(searchParams.get("page"));
      const strangers = Array.from({ length: 1000 }, (_, index) => ({
        id: crypto.randomUUID(),
        email: `u${index}@example.com`,
      }));
      return Response.json({
        users: page === 1
          ? strangers
          : page === 2
          ? [{ ...ada, email_confirmed_at: "2026-01-01T00:00:00Z" }, bob]
          : [],
      });
    }
    if (pathname === "/auth/v1/invite") {
      const { email } = await request.json();
      invited.push(email);
      return Response.json({ id: eve.id, email });
    }
    return await fetch(stack.env.SUPABASE_URL + pathname + search, {
      method: request.method,
      headers: { "apikey": stack.env.SUPABASE_SECRET_KEY, "Content-Type": "application/json" },
      body: await request.text(),
    });
  });
  const env = {
    SUPABASE_URL: `http://127.0.0.1:${auth.addr.port}`,
    SUPABASE_SECRET_KEY: stack.env.SUPABASE_SECRET_KEY,
  };
  const admin = (...args: string[]) => runScript("admin", args, { env });
  const reads = async (user?: { id: string; email: string }) => {
    const response = await fetch(`${stack.env.SUPABASE_URL}/rest/v1/rpc/list_configurations`, {
      method: "POST",
      headers: {
        "apikey": stack.env.SUPABASE_PUBLISHABLE_KEY,
        ...user !== undefined && {
          "Authorization": `Bearer ${await signSession(stack.env.SUPABASE_JWT_SECRET, user, "1h")}`,
        },
      },
      body: "{}",
    });
    assert.equal(response.status, 200);
    return (await response.json()).length > 0;
  };

  await t.step("members are the default, and nobody else reads", async () => {
    assert.match((await admin("read-access")).stdout, /^Members may read/);
    assert.deepEqual([await reads(), await reads(ada)], [false, false]);
  });
  await t.step("somebody who signed up becomes a member, and no member", async () => {
    const added = await admin("reader", "add", "--email", "ada@example.com", "--invite");
    assert.equal(added.code, 0, added.stderr);
    assert.match(added.stdout, /^Ada@example\.com is a member/);
    assert.deepEqual(invited, [], "who has an account gets no mail");
    assert.deepEqual([await reads(), await reads(ada), await reads(eve)], [false, true, false]);
    const { stdout } = await admin("reader", "list", "--json");
    assert.ok(JSON.parse(stdout).some((one: { email: string }) => one.email === ada.email));
    assert.match((await admin("reader", "list")).stdout, /Ada@example\.com/);
    assert.equal((await admin("reader", "remove", "--email", "ADA@example.com")).code, 0);
    assert.equal(await reads(ada), false, "with a token that is still valid");
    assert.match((await admin("reader", "remove", "--user-id", ada.id)).stderr, /is no member/);
  });
  await t.step("whoever has not confirmed an address may be somebody else", async () => {
    for (const flags of [[], ["--invite"]]) {
      const { code, stderr } = await admin("reader", "add", "--email", bob.email, ...flags);
      assert.equal(code, 1);
      assert.match(stderr, /^bob@example\.com has signed up, but has not confirmed the address/);
    }
    assert.equal(await reads(bob), false);
  });
  await t.step("of an account that was made again, both are removed", async () => {
    for (const p_user_id of [bob.id, crypto.randomUUID()]) {
      const response = await fetch(`${env.SUPABASE_URL}/rest/v1/rpc/add_reader`, {
        method: "POST",
        headers: { "apikey": env.SUPABASE_SECRET_KEY },
        body: JSON.stringify({ p_user_id, p_email: bob.email }),
      });
      assert.ok(response.ok, await response.text());
    }
    assert.equal(await reads(bob), true);
    const { stdout } = await admin("reader", "remove", "--email", bob.email);
    assert.equal(stdout.match(/is no member any more/g)?.length, 2);
    assert.equal(await reads(bob), false);
  });
  await t.step("nobody of that name is said, and invited when asked to", async () => {
    assert.match(
      (await admin("reader", "add", "--email", eve.email)).stderr,
      /^Nobody has signed up with eve@example\.com: with --invite/,
    );
    assert.equal((await admin("reader", "add", "--email", eve.email, "--invite")).code, 0);
    assert.deepEqual(invited, [eve.email]);
    assert.equal(await reads(eve), true);
  });
  await t.step("levels", async () => {
    const warned = await admin("read-access", "signed-in");
    assert.match(warned.stderr, /^Warning: .*anybody can sign up.*enable_signup = false/);
    assert.deepEqual([await reads(), await reads(ada)], [false, true]);
    assert.match((await admin("public-read", "on")).stdout, /Everybody/);
    assert.equal(await reads(), true);
    assert.equal(
      (await admin("read-access", "nobody", "--json")).stdout.trim(),
      '{"read_access":"nobody"}',
    );
    assert.equal(await reads(eve), false);
    assert.match((await admin("public-read", "off")).stdout, /^Members may read/);
    assert.equal(await reads(eve), true);
  });
  await t.step("wrong usage", async () => {
    for (
      const args of [
        ["read-access", "all"],
        ["public-read", "maybe"],
        ["reader"],
        ["reader", "add"],
        ["reader", "add", "--email", "a@b.c", "--user-id", ada.id],
        ["reader", "add", "--user-id", "7"],
        ["reader", "remove", "--email", "a@b.c", "--invite"],
      ]
    ) assert.equal((await admin(...args)).code, 2, args.join(" "));
  });
  await t.step("the local stack has no Auth, and says so", async () => {
    const refused = await runScript("admin", [
      ...["reader", "add", "--email", ada.email, "--data-dir", dataDirectory],
    ]);
    assert.equal(refused.code, 1);
    assert.match(
      refused.stderr,
      /^Supabase Auth does not answer: .*[^.]\. The local stack has none: use --user-id/,
    );
  });

  await auth.shutdown();
  await stack.stop();
  await Deno.remove(dataDirectory, { recursive: true });
});
