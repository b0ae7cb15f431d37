import type { Alert } from "./alert.ts"
import type { Anomaly } from "./anomaly.ts"
import type { CapabilityCall } from "./capability-call.ts"
import type { Connection } from "./connection.ts"
import type { SeriesForecast } from "./forecast.ts"
import type { ActivationRecord } from "./function.ts"
import type { InvocationError, InvocationRecord } from "./invocation.ts"
import type { StartedJob, StoppedJob } from "./job-work.ts"
import type { LayerRecord } from "./layer.ts"
import type { ClosedWindow, NewPoint } from "./metrics.ts"
import type { OutgoingRequest } from "./outgoing-request.ts"
import type { PipelineRunRecord } from "./pipeline.ts"
import type { TriggerTarget } from "./trigger.ts"

/** What the service tells, by name: each event has one argument. */
export interface Facts {
  "invocation.finished": InvocationRecord
  /** A call did not run, because too many were under way or too much was used: it failed with `FN_007`. */
  "invocation.refused": {
    readonly organisation: string
    readonly functionId: string
    readonly name: string
    /** Epoch milliseconds. */
    readonly at: number
  }
  /** A call has ended that has measured something itself. */
  "values.recorded": {
    readonly organisation: string
    readonly functionId: string
    readonly name: string
    readonly values: readonly Required<NewPoint>[]
  }
  "version.activated": ActivationRecord & { readonly name: string }
  /** What was deployed is refused: it cannot be built, does not load, or is not allowed. */
  "deployment.failed": {
    readonly organisation: string
    readonly name: string
    readonly actor: string
    readonly error: Pick<InvocationError, "code" | "message">
    /** Epoch milliseconds. */
    readonly at: number
  }
  "function.removed": { readonly organisation: string; readonly functionId: string; readonly name: string }
  "layer.deployed": LayerRecord
  "layer.removed": {
    readonly organisation: string
    readonly name: string
    /** Null where all versions were removed. */
    readonly version: number | null
    readonly actor: string
  }
  "capability.called": CapabilityCall
  /** A function's request was answered, or failed. */
  "request.finished": OutgoingRequest
  /** A worker of this process begins with a job, or goes on with it. */
  "job.started": StartedJob
  /** It has stopped with it. */
  "job.stopped": StoppedJob
  /** An account was connected, was disconnected, or cannot be used any more; `actor` is null where nobody asked for that. */
  "connection.changed": Connection & { readonly organisation: string; readonly actor: string | null }
  "pipeline.finished": PipelineRunRecord
  /** A step of a run calls its function, or tries it again. */
  "step.started": {
    readonly organisation: string
    readonly runId: string
    readonly traceId: string
    /** Where it stands in the run, such as `1.left.0`. */
    readonly path: string
    readonly name: string
    /** Epoch milliseconds. */
    readonly startedAt: number
  }
  /** A minute is over in which a series had values: told once for each series, minute and process. */
  "window.closed": ClosedWindow
  /** A window of a series is unusual; told by the process that found it. */
  "anomaly.found": Anomaly
  /** A series was forecast: because somebody asked for it, or as a schedule says. */
  "forecast.made": SeriesForecast
  /** An alert was opened, goes on, was acknowledged or is over. */
  "alert.changed": Alert
  "webhook.refused": {
    readonly organisation: string
    readonly triggerId: string
    /** The trigger's name. */
    readonly trigger: string
    readonly target: TriggerTarget
    /** The delivery has no signature, one that cannot be read, one of another time, or one that is not over this body. */
    readonly reason: "missing" | "malformed" | "stale" | "mismatch"
    /** Epoch milliseconds. */
    readonly at: number
  }
}

/** How a part tells a fact; wired to the service's emitter. */
export type Tell = <Name extends keyof Facts>(name: Name, fact: Facts[Name]) => void

/** How a part hears of facts. */
export type Hear = <Name extends keyof Facts>(name: Name, listener: (fact: Facts[Name]) => void) => void
