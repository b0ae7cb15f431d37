import type { ApprovalStep, EventStep, WaitStep } from "../model/pipeline.ts"
import type { AwaitedEvent } from "../ports/pipeline-storage.ts"
import { readIsoTime } from "../util/iso-time.ts"
import { latestTime } from "../util/latest-time.ts"
import { fillTemplate, lookUp, type Scope } from "./scope.ts"
import { newRow, notDone, ownError, type StepContext, type StepOutcome } from "./step-execution.ts"
import { fromText } from "./step-value.ts"

/** Waits for a time. */
export async function runWaitStep(
  step: WaitStep,
  scope: Scope,
  context: StepContext,
  path: string,
): Promise<StepOutcome> {
  const { journal, now, replays } = context
  const known = journal.recall(path)
  if (replays && known?.status !== "succeeded") return notDone
  const startedAt = known?.startedAt ?? now()
  const wakeAt = known ? known.wakeAt : toTime(step, scope, startedAt)
  if (known?.status === "failed" || wakeAt === undefined) {
    const error = known?.error ?? ownError("FN_004", `Cannot run step "${step.name}": "until" is no date.`)
    if (!known) await journal.write(newRow(step, path, { status: "failed", error, startedAt, endedAt: startedAt }))
    return { state: "failed", error }
  }
  if (known?.status !== "succeeded") {
    if (wakeAt !== null && wakeAt > now()) {
      if (!known) await journal.write(newRow(step, path, { status: "waiting", startedAt, wakeAt }))
      return { state: "suspended", wakeAt }
    }
    await journal.write(newRow(step, path, { startedAt, endedAt: now() }))
  }
  return { state: "done", value: scope.previous }
}

/** Waits for an event. */
export function runEventStep(step: EventStep, scope: Scope, context: StepContext, path: string): Promise<StepOutcome> {
  const match = fillTemplate(step.match ?? {}, scope) as Readonly<Record<string, unknown>>
  const filter = step.filter === undefined ? {} : { filter: fillTemplate(step.filter, scope) }
  return awaitOutside(step, { type: step.type, match, ...filter }, context, path, `no event "${step.type}" came`)
}

/** Waits for an approval. */
export function runApprovalStep(
  step: ApprovalStep,
  _scope: Scope,
  context: StepContext,
  path: string,
): Promise<StepOutcome> {
  return awaitOutside(step, null, context, path, "nobody approved it")
}

/** Waits for what comes from outside of the run: whoever brings it ends the step, and wakes the run. */
async function awaitOutside(
  step: EventStep | ApprovalStep,
  awaited: AwaitedEvent | null,
  { journal, now, replays }: StepContext,
  path: string,
  whatHappened: string,
): Promise<StepOutcome> {
  const known = journal.recall(path)
  if (known?.status === "succeeded") return { state: "done", value: fromText(known.output) }
  if (replays) return notDone
  if (known?.status === "failed" && known.error) return { state: "failed", error: known.error }
  const startedAt = known?.startedAt ?? now()
  const wakeAt = known ? known.wakeAt : step.timeout === undefined ? null : startedAt + step.timeout * 1000
  if (wakeAt !== null && wakeAt <= now()) {
    const error = ownError("FN_002", `Step "${step.name}" waited ${step.timeout} seconds, and ${whatHappened}.`)
    await journal.write(newRow(step, path, { status: "failed", error, startedAt, endedAt: now(), awaited }))
    return { state: "failed", error }
  }
  if (!known) await journal.write(newRow(step, path, { status: "waiting", startedAt, wakeAt, awaited }))
  return { state: "suspended", wakeAt }
}

/** Epoch milliseconds; undefined where what is found is no time. */
function toTime({ seconds, until }: WaitStep, scope: Scope, nowMs: number): number | undefined {
  if (seconds !== undefined) return nowMs + seconds * 1000
  const found = typeof until === "string" && until.startsWith("$.") ? lookUp(until, scope) : until
  const at =
    typeof found === "number" ? found : typeof found === "string" ? (readIsoTime(found) ?? Number.NaN) : Number.NaN
  return Math.abs(at) <= latestTime ? at : undefined
}
