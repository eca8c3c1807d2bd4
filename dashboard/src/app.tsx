import type { SupabaseClient } from "@supabase/supabase-js";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { AppContext } from "./app_context.ts";
import { createProjectClient, createReader, type ReadError } from "./client/read.ts";
import { watchLedger } from "./client/watch_ledger.ts";
import { type Config, loadConfig } from "./config.ts";
import { formatClock } from "./format/times.ts";
import { MENU, useViewUrl, type View, viewUrl } from "./use_view_url.ts";
import { CompareView } from "./views/compare_view.tsx";
import { HistoryView } from "./views/history_view.tsx";
import { LeaderboardView } from "./views/leaderboard_view.tsx";
import { NoAccessView } from "./views/no_access_view.tsx";
import { OverviewView } from "./views/overview_view.tsx";
import { RegressionsView } from "./views/regressions_view.tsx";
import { RunView } from "./views/run_view.tsx";
import { SignInView } from "./views/sign_in_view.tsx";
import { TrendsView } from "./views/trends_view.tsx";

const TITLES: Record<View, string> = {
  overview: "Overview",
  trends: "Trends",
  compare: "Compare",
  regressions: "Regressions",
  leaderboard: "Leaderboard",
  history: "History",
  run: "Run",
};

/** The dashboard of a project. */
export function App({ config: loaded }: { config: Config }) {
  const [config, setConfig] = useState(loaded);
  const client = useMemo(() => createProjectClient(config), [config]);
  const [isReadable, setReadable] = useState(true);
  const [readAccess, setReadAccess] = useState("members");
  const [openRegressions, setOpenRegressions] = useState<number | null>(null);
  const [lostSince, setLostSince] = useState<Date | null>(null);
  const shownCursor = useRef<string | null>(null);
  const readAt = useRef<Date | null>(null);
  const renew = useRenewedConfig(config, setConfig, () => setReadable(false));
  const reader = useMemo(() =>
    createReader(client, {
      onRead(document) {
        shownCursor.current = document.cursor;
        readAt.current = new Date();
        setLostSince(null);
        setReadable(document.readable);
        setReadAccess(document.read_access);
        setOpenRegressions(document.readable ? document.open_regressions : null);
      },
      onError(error: ReadError) {
        if (error.kind === "unreachable") setLostSince(readAt.current);
        if (error.kind === "unauthorized") renew();
      },
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
  const menu = useRef<HTMLElement>(null);
  useEffect(() => {
    document.title = `${TITLES[view]} · Benchmarks`;
  }, [view]);
  useEffect(() => {
    // On a phone the menu is a row that is wider than the screen. Not scrollIntoView(), which would
    // also take a page that somebody reads back to its top.
    const row = menu.current!;
    const link = row.querySelector("[aria-current]")?.getBoundingClientRect();
    const { left, width } = row.getBoundingClientRect();
    if (link) row.scrollLeft += link.left + link.width / 2 - left - width / 2;
  }, [view, openRegressions]);

  return (
    <AppContext.Provider value={{ reader, revision }}>
      <a class="skip" href="#content">Skip to content</a>
      <header>
        <h1>Benchmarks</h1>
        <nav aria-label="Views" ref={menu}>
          {MENU.map((name) => (
            <Link
              key={name}
              href={viewUrl(name)}
              aria-current={name === view ? "page" : undefined}
            >
              {TITLES[name]}
              {name === "regressions" && openRegressions !== null && openRegressions > 0 && (
                <>
                  {" "}
                  <span class="number-of">
                    {openRegressions} <span class="hidden">open</span>
                  </span>
                </>
              )}
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
      {lostSince !== null && (
        <p class="lost" role="status">
          Not connected, data of {formatClock(lostSince)}. This page tries again by itself.
        </p>
      )}
      <main id="content" tabIndex={-1}>
        {!isReadable && !isSignedIn && <SignInView client={client} />}
        {!isReadable && isSignedIn && (
          <NoAccessView client={client} email={email} readAccess={readAccess} />
        )}
        {isReadable && (
          <>
            {view === "overview" && <OverviewView />}
            {view === "trends" && <TrendsView />}
            {view === "compare" && <CompareView />}
            {view === "regressions" && <RegressionsView />}
            {view === "leaderboard" && <LeaderboardView />}
            {view === "history" && <HistoryView />}
            {view === "run" && <RunView />}
          </>
        )}
      </main>
    </AppContext.Provider>
  );
}

// A key that is refused is refused at every poll, and config.json is somebody else's server.
const RENEW_EVERY_MS = 10_000;

/**
 * What to do when the project does not take the key or the session: keys are rotated, and the
 * local stack's session expires, while a page stays open. So config.json is read again, before
 * anybody is asked to sign in.
 *
 * @param onSame Called when it says what it said before.
 */
function useRenewedConfig(
  config: Config,
  onChange: (config: Config) => void,
  onSame: () => void,
): () => void {
  const current = useRef(config);
  current.current = config;
  const askedAt = useRef(-Infinity);
  return () => {
    if (performance.now() - askedAt.current < RENEW_EVERY_MS) return;
    askedAt.current = performance.now();
    loadConfig().then(
      (next) => {
        if (JSON.stringify(next) !== JSON.stringify(current.current)) onChange(next);
        else if (next.accessToken === undefined) onSame();
      },
      () => {}, // What was refused stays refused, and the view says so.
    );
  };
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
