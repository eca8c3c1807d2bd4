import { render } from "preact";
import { App } from "./app.tsx";
import { Failed } from "./components/states.tsx";
import { loadConfig } from "./config.ts";
import "./styles.css";

const place = document.getElementById("app")!;
try {
  render(<App config={await loadConfig()} />, place);
} catch (error) {
  render(
    <main>
      <Failed message={(error as Error).message} retry={() => location.reload()} />
    </main>,
    place,
  );
}
