import type { SupabaseClient } from "@supabase/supabase-js";
import { parseOptions, UsageError } from "../cli/command.ts";
import { callFunction, createProjectClient, findProject, type Project } from "../cli/project.ts";
import { isId } from "../cli/is_id.ts";
import { renderTable } from "../cli/table.ts";
import { UserError } from "../cli/user_error.ts";
import { COMMON_OPTIONS } from "./options.ts";

interface Reader {
  user_id: string;
  email: string | null;
  added_at: string;
  added_by: string;
}

interface User {
  id: string;
  email: string | undefined;
}

const PAGE = 1000;

/** `admin reader add|list|remove`. */
export async function manageReaders(args: string[]): Promise<number> {
  const [action, ...rest] = args;
  const { values } = parseOptions({
    args: rest,
    options: {
      ...COMMON_OPTIONS,
      "email": { type: "string" },
      "user-id": { type: "string" },
      "invite": { type: "boolean", default: false },
    },
  });
  if (action === "list") {
    const readers = await callFunction<Reader[]>(
      await findProject(values["data-dir"]),
      "list_readers",
    );
    if (values.json) console.log(JSON.stringify(readers));
    else if (readers.length === 0) console.log("There is no member yet: reader add --email E.");
    else {
      console.log(renderTable(readers, [
        { heading: "USER", value: (reader) => reader.user_id },
        { heading: "EMAIL", value: (reader) => reader.email ?? "" },
        { heading: "SINCE", value: (reader) => reader.added_at.slice(0, 10) },
        { heading: "ADDED BY", value: (reader) => reader.added_by },
      ]));
    }
    return 0;
  }
  if (action !== "add" && action !== "remove") {
    throw new UsageError(`reader takes add, list or remove: current value is ${action}.`);
  }
  if ((values.email === undefined) === (values["user-id"] === undefined)) {
    throw new UsageError("Give either --email or --user-id.");
  }
  if (values["user-id"] !== undefined && !isId(values["user-id"])) {
    throw new UsageError(`--user-id must be a UUID: current value is ${values["user-id"]}.`);
  }
  if (values.invite && (action !== "add" || values.email === undefined)) {
    throw new UsageError("--invite goes with reader add --email.");
  }
  const project = await findProject(values["data-dir"]);
  return action === "add"
    ? await addReader(project, values.email, values["user-id"], values.invite, values.json)
    : await removeReader(project, values.email, values["user-id"], values.json);
}

async function addReader(
  project: Project,
  email: string | undefined,
  userId: string | undefined,
  invites: boolean,
  isJson: boolean,
): Promise<number> {
  const user: User | undefined = userId !== undefined
    ? { id: userId, email: undefined }
    : await findUser(createProjectClient(project), email!) ??
      (invites ? await invite(createProjectClient(project), email!) : undefined);
  if (user === undefined) {
    throw new UserError(
      `Nobody has signed up with ${email}: with --invite they get a mail. Nothing was changed.`,
    );
  }
  await callFunction(project, "add_reader", { p_user_id: user.id, p_email: user.email ?? null });
  if (isJson) console.log(JSON.stringify({ user_id: user.id, email: user.email ?? null }));
  else console.log(`${user.email ?? user.id} is a member, and may read.`);
  return 0;
}

async function removeReader(
  project: Project,
  email: string | undefined,
  userId: string | undefined,
  isJson: boolean,
): Promise<number> {
  const readers = await callFunction<Reader[]>(project, "list_readers");
  // Of an account that was deleted and made again, there are two with one address.
  const removed = readers.filter((one) =>
    userId !== undefined
      ? one.user_id === userId.toLowerCase()
      : one.email?.toLowerCase() === email!.toLowerCase()
  );
  if (removed.length === 0) {
    throw new UserError(`${email ?? userId} is no member: see deno task admin reader list.`);
  }
  for (const { user_id } of removed) {
    await callFunction(project, "remove_reader", { p_user_id: user_id });
    if (!isJson) {
      console.log(
        `${
          email ?? user_id
        } (user ${user_id}) is no member any more, and reads nothing from now on.`,
      );
    }
  }
  if (isJson) console.log(JSON.stringify({ removed: removed.map(({ user_id }) => user_id) }));
  return 0;
}

/** By the Auth admin API, which has no search: so page after page. */
async function findUser(client: SupabaseClient, email: string): Promise<User | undefined> {
  for (let page = 1;; page++) {
    const { data, error } = await client.auth.admin.listUsers({ page, perPage: PAGE });
    if (error) throw noAuth(error);
    const found = data.users.find((user) => user.email?.toLowerCase() === email.toLowerCase());
    if (found !== undefined) {
      if (!found.email_confirmed_at) throw unconfirmed(found.id, email);
      return { id: found.id, email: found.email };
    }
    if (data.users.length < PAGE) return undefined;
  }
}

async function invite(client: SupabaseClient, email: string): Promise<User> {
  const { data, error } = await client.auth.admin.inviteUserByEmail(email);
  if (error) throw noAuth(error);
  return { id: data.user.id, email: data.user.email };
}

// Anybody can sign up with an address that is somebody else's, who would then confirm it for them.
function unconfirmed(id: string, email: string): UserError {
  return new UserError(
    `${email} has signed up, but has not confirmed the address, so it may be somebody else. Nothing was changed. Add them when they have, or by --user-id ${id} if you know who it is.`,
  );
}

function noAuth(error: Error): UserError {
  return new UserError(
    `Supabase Auth does not answer: ${
      error.message.replace(/\.$/, "")
    }. The local stack has none: use --user-id, and sign a token by SUPABASE_JWT_SECRET.`,
  );
}
