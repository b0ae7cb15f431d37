import { createOpenLogs, loadOpenLogs } from "../logs/open-logs.ts"
import type { Hear } from "../model/facts.ts"
import type { LiveSpans } from "../ports/live-spans.ts"
import { followWithOpenTelemetry, loadOpenTelemetry } from "../traces/open-telemetry.ts"
import type { CreateFunctionsOptions } from "./options.ts"

/** Hands spans, measures and, where the host has the API for them, logs on to its OpenTelemetry, if it wants that. */
export async function connectOpenTelemetry(
  { openTelemetry }: Pick<CreateFunctionsOptions, "openTelemetry">,
  hear: Hear,
): Promise<LiveSpans | undefined> {
  if (!openTelemetry) return undefined
  const api = await loadOpenTelemetry()
  const logs = await loadOpenLogs()
  const spans = followWithOpenTelemetry(api, hear)
  if (logs) createOpenLogs(logs, spans.contextOf, hear)
  return spans
}
