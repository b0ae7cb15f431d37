import { hasScope } from "../access/scopes.ts"
import type { Identity } from "../model/identity.ts"
import type { InvocationError } from "../model/invocation.ts"
import type { PipelineRun, RunProvenance } from "../model/pipeline.ts"

/** What failed, with lines of its source only for callers who may deploy: who calls or reads does not see what was written. */
export function forCaller<Failed extends { readonly error?: InvocationError }>(
  failed: Failed,
  identity: Identity | null,
): Failed {
  if (failed.error?.frame === undefined || (identity && hasScope(identity, "write"))) return failed
  const { frame: _, ...error } = failed.error
  return { ...failed, error }
}

/** What reproduces a run: whoever may not read variables must not guess them by their hash. */
export function provenanceForCaller({ run, surroundings, ...rest }: RunProvenance, identity: Identity | null): unknown {
  const isTold = identity !== null && hasScope(identity, "write")
  const functions = surroundings?.functions.map(({ environmentHash, ...known }) =>
    isTold ? { ...known, environmentHash } : known,
  )
  return { ...rest, run: runForCaller(run, identity), surroundings: surroundings && { ...surroundings, functions } }
}

export function runForCaller(run: PipelineRun, identity: Identity | null): PipelineRun {
  return forCaller({ ...run, steps: run.steps.map((each) => forCaller(each, identity)) }, identity)
}
