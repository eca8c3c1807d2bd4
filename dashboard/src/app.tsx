import type { SupabaseClient } from "@supabase/supabase-js";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { AppContext } from "./app_context.ts";
import { createProjectClient, createReader } from "./client/read.ts";
import { watchLedger } from "./client/watch_ledger.ts";
import type { Config } from "./config.ts";
import { useViewUrl, type View, VIEWS, viewUrl } from "./use_view_url.ts";
import { CompareView } from "./views/compare_view.tsx";
import { CurrentView } from "./views/current_view.tsx";
import { HistoryView } from "./views/history_view.tsx";
import { NoAccessView } from "./views/no_access_view.tsx";
import { RegressionsView } from "./views/regressions_view.tsx";
import { SignInView } from "./views/sign_in_view.tsx";
import { TrendsView } from "./views/trends_view.tsx";

const TITLES: Record<View, string> = {
  current: "Current",
  trends: "Trends",
  compare: "Compare",
  regressions: "Regressions",
  history: "History",
};

/** The dashboard of a project. */
export function App({ config }: { config: Config }) {
  const client = useMemo(() => createProjectClient(config), [config]);
  const [isReadable, setReadable] = useState(true);
  const [readAccess, setReadAccess] = useState("members");
  const shownCursor = useRef<string | null>(null);
  const reader = useMemo(() =>
    createReader(client, (document) => {
      shownCursor.current = document.cursor;
      setReadable(document.readable);
      setReadAccess(document.read_access);
    }), [client]);
  const [revision, setRevision] = useState(0);
  const { view } = useViewUrl();
  const readAgain = () => {
    setReadable(true); // until a reading says otherwise
    setRevision((last) => last + 1);
  };
  const email = useSession(client, config, readAgain);
  const isSignedIn = email !== null || config.accessToken !== undefined;

  useEffect(
    () =>
      watchLedger({
        client,
        reader,
        realtime: config.realtime,
        shownCursor: () => shownCursor.current,
        onChange: readAgain,
      }),
    [client],
  );
  useEffect(() => {
    document.title = `${TITLES[view]} · Benchmarks`;
  }, [view]);

  return (
    <AppContext.Provider value={{ reader, revision }}>
      <a class="skip" href="#content">Skip to content</a>
      <header>
        <h1>Benchmarks</h1>
        <nav aria-label="Views">
          {VIEWS.map((name) => (
            <Link
              key={name}
              href={viewUrl(name)}
              aria-current={name === view ? "page" : undefined}
            >
              {TITLES[name]}
            </Link>
          ))}
        </nav>
        {email !== null && (
          <div class="session">
            <span>{email}</span>
            <button type="button" onClick={() => client.auth.signOut()}>Sign out</button>
          </div>
        )}
      </header>
      <main id="content" tabIndex={-1}>
        {!isReadable && !isSignedIn && <SignInView client={client} />}
        {!isReadable && isSignedIn && (
          <NoAccessView client={client} email={email} readAccess={readAccess} />
        )}
        {isReadable && (
          <>
            {view === "current" && <CurrentView />}
            {view === "trends" && <TrendsView />}
            {view === "compare" && <CompareView />}
            {view === "regressions" && <RegressionsView />}
            {view === "history" && <HistoryView />}
          </>
        )}
      </main>
    </AppContext.Provider>
  );
}

/** Who is signed in by Supabase Auth, or null. */
function useSession(client: SupabaseClient, config: Config, onChange: () => void): string | null {
  const [email, setEmail] = useState<string | null>(null);
  useEffect(() => {
    // On the local stack the page is signed in by its configuration.
    if (config.accessToken !== undefined) return;
    const { data } = client.auth.onAuthStateChange((event, session) => {
      setEmail(session?.user.email ?? null);
      if (event === "SIGNED_IN" || event === "SIGNED_OUT") onChange();
    });
    return () => data.subscription.unsubscribe();
  }, [client]);
  return email;
}
