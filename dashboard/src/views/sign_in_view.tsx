import type { SupabaseClient } from "@supabase/supabase-js";
import { useState } from "preact/hooks";

/** Signs in by Supabase Auth, where reading is not public. */
export function SignInView({ client }: { client: SupabaseClient }) {
  const [message, setMessage] = useState<{ text: string; isError: boolean } | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");

  const attempt = async (
    run: () => Promise<{ error: { message: string } | null }>,
    done: string,
  ) => {
    setBusy(true);
    const { error } = await run();
    setBusy(false);
    setMessage(
      error ? { text: error.message, isError: true } : { text: done, isError: false },
    );
  };
  const withPassword = () =>
    attempt(() => client.auth.signInWithPassword({ email, password }), "Signed in.");
  const withLink = () =>
    attempt(
      () => client.auth.signInWithOtp({ email, options: { emailRedirectTo: location.href } }),
      `A link was sent to ${email}.`,
    );

  return (
    <section class="state sign-in">
      <h2>Sign in to read</h2>
      <p>
        Reading is not public here. Whoever administers the project makes you a member with{" "}
        <code>deno task admin reader add --email you@example.com --invite</code>, or lets everybody
        read with <code>deno task admin read-access public</code>.
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          withPassword();
        }}
      >
        <label class="field">
          <span>Email</span>
          <input
            type="email"
            required
            autocomplete="username"
            value={email}
            onInput={(event) => setEmail(event.currentTarget.value)}
          />
        </label>
        <label class="field">
          <span>Password</span>
          <input
            type="password"
            autocomplete="current-password"
            value={password}
            onInput={(event) => setPassword(event.currentTarget.value)}
          />
        </label>
        <div class="bar">
          <button type="submit" disabled={isBusy || email === "" || password === ""}>
            Sign in
          </button>
          <button type="button" disabled={isBusy || email === ""} onClick={withLink}>
            Send me a link
          </button>
        </div>
      </form>
      {message && <p role={message.isError ? "alert" : "status"}>{message.text}</p>}
    </section>
  );
}
