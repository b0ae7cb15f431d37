import type { CapabilityCall } from "./capability-call.ts"
import type { ActivationRecord } from "./function.ts"
import type { InvocationRecord } from "./invocation.ts"
import type { LayerRecord } from "./layer.ts"
import type { PipelineRunRecord } from "./pipeline.ts"

/** What the service tells, by name: each event has one argument. */
export interface Facts {
  "invocation.finished": InvocationRecord
  "version.activated": ActivationRecord & { readonly name: string }
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
  "pipeline.finished": PipelineRunRecord
}

/** How a part tells a fact; wired to the service's emitter. */
export type Tell = <Name extends keyof Facts>(name: Name, fact: Facts[Name]) => void
