import type { RuntimeVersion } from "../ports/runtime.ts"

/** What a probe may use. */
export type ProbeLimits = Pick<RuntimeVersion, "memoryMb" | "timeoutMs" | "cpuMs">

/** Code that runs once while something is deployed, to see what becomes of it: no function's version. */
export function toProbeVersion(
  probe: Pick<RuntimeVersion, "key" | "organisation" | "code">,
  limits: ProbeLimits,
): RuntimeVersion {
  return { ...probe, runtime: "quickjs", exportName: "default", kind: "event", evaluatesPerCall: false, ...limits }
}
