import { type ErrorIssue, FunctionsError } from "../errors/functions-error.ts"
import type { CloudEvent } from "../model/event.ts"
import type { PipelineDefinition } from "../model/pipeline.ts"
import type { AwaitedEvent } from "../ports/pipeline-storage.ts"
import { matches } from "./scope.ts"
import { walkSteps } from "./walk-steps.ts"

/** Makes a matcher of a filter of events; gives what is wrong with it, and where, in place of one. */
export type CompileFilter = (filter: unknown) => ((event: CloudEvent) => boolean) | ErrorIssue

/** `FN_006` where a step waits for events with a filter that is none. */
export function checkEventFilters({ name, steps }: PipelineDefinition, compile: CompileFilter): void {
  const issues: ErrorIssue[] = []
  for (const { step, path } of walkSteps(steps)) {
    if (step.kind !== "event" || step.filter === undefined) continue
    const compiled = compile(step.filter)
    if (typeof compiled !== "function") issues.push({ ...compiled, path: `${path}.${compiled.path}` })
  }
  if (issues.length === 0) return
  const told = issues.slice(0, 3).map(({ path, message }) => `${path}: ${message}`)
  throw new FunctionsError("FN_006", `Cannot define pipeline "${name}": ${told.join("; ")}.`, { issues })
}

/** Whether an event is one that a step waits for. One whose filter came to be none by its references waits on. */
export function isAwaited(event: CloudEvent, { match, filter }: AwaitedEvent, compile: CompileFilter): boolean {
  if (!matches(event, match)) return false
  if (filter === undefined) return true
  const compiled = compile(filter)
  return typeof compiled === "function" && compiled(event)
}
