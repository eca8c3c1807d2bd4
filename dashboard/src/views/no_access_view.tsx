import type { SupabaseClient } from "@supabase/supabase-js";

/** What somebody sees who is signed in, and may not read. */
export function NoAccessView(
  { client, email, readAccess }: {
    client: SupabaseClient;
    /** Null on the local stack, where nobody can sign out. */
    email: string | null;
    readAccess: string;
  },
) {
  const user = email ?? "your email";
  return (
    <section class="state" role="status">
      {readAccess === "nobody"
        ? (
          <>
            <h2>Reading is closed</h2>
            <p>
              Nobody may read here, members neither. Whoever administers the project can open it:
              {" "}
              <code>deno task admin read-access members</code>.
            </p>
          </>
        )
        : (
          <>
            <h2>You are signed in, but not a member</h2>
            <p>
              {email !== null && (
                <>
                  Signed in as <strong>{email}</strong>.{" "}
                </>
              )}
              Only members read these benchmarks. Ask whoever administers the project for{" "}
              <code>deno task admin reader add --email {user}</code>; the page shows them as soon as
              you are one.
            </p>
          </>
        )}
      {email !== null && (
        <button type="button" onClick={() => client.auth.signOut()}>Sign out</button>
      )}
    </section>
  );
}
