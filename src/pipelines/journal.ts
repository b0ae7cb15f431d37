import type { PipelineStore, RunClaim, StepRow } from "../ports/pipeline-storage.ts"

/** What a run has written down, and writes on. */
export interface Journal {
  /** The step at this path, where it was begun. */
  recall(path: string): StepRow | undefined
  /** Writes a step down; throws `Superseded` where the run is not this worker's any more. */
  write(step: Omit<StepRow, "position">): Promise<StepRow>
  readonly steps: () => readonly StepRow[]
}

/** Thrown where another worker has the run, or somebody ended the step from outside: what happened here does not count. */
export class Superseded extends Error {
  override readonly name = "Superseded"
  constructor(runId: string) {
    super(`Cannot go on with pipeline run "${runId}": another worker has it, or it changed meanwhile.`)
  }
}

/** Opens the journal of a claimed run. */
export function openJournal(store: PipelineStore, { run, fence, steps }: RunClaim): Journal {
  const known = new Map(steps.map((step) => [step.path, step]))
  let last = steps.reduce((highest, { position }) => Math.max(highest, position), -1)
  return {
    recall: (path) => known.get(path),
    async write(given) {
      const position = known.get(given.path)?.position ?? ++last
      const step = { ...given, position }
      if (!(await store.writeStep(run.organisation, run.id, fence, step))) throw new Superseded(run.id)
      known.set(step.path, step)
      return step
    },
    steps: () => [...known.values()].sort((one, other) => one.position - other.position),
  }
}
