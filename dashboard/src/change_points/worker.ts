// Runs in a worker of its own: a thousand runs take a while, and the page must not stand still.
import type { MetricHistory } from "../client/documents.ts";
import { markChanges } from "./mark_changes.ts";

onmessage = ({ data }: MessageEvent<MetricHistory[]>) => postMessage(markChanges(data));
