import type { Metrics } from "../metrics/create-metrics.ts"
import type { Recorder } from "../metrics/create-recorder.ts"
import type { FunctionStore } from "../ports/storage.ts"
import type { Catalogue } from "../registry/catalogue.ts"
import type { Deployer } from "../registry/deployer.ts"
import type { Layers } from "../registry/layers.ts"
import type { Lookup } from "../registry/lookup.ts"
import type { DurableWork } from "./durable-work.ts"
import type { Gate } from "./gate.ts"
import type { Invoke } from "./invoker.ts"
import type { Routing } from "./routing.ts"

/** The parts of the service that a face calls. */
export interface Parts {
  readonly gate: Gate
  readonly store: FunctionStore
  readonly lookup: Lookup
  readonly deployer: Deployer
  readonly catalogue: Catalogue
  readonly layers: Layers
  readonly invoke: Invoke
  readonly recorder: Recorder
  readonly metrics: Metrics
  readonly routing: Routing
  readonly durable: DurableWork
}
