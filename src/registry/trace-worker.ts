import { parentPort } from "node:worker_threads"
import { type Traced, type TracedScript, type TraceRequest, trace } from "./trace.ts"

/** From the host to the thread that traces: one at a time. */
export interface TraceOrder {
  readonly scripts: readonly TracedScript[]
  readonly request: TraceRequest
}

/** From the thread to the host. */
export type TraceReply = Traced | { readonly missing: readonly string[] }

const port = parentPort
if (port === null) throw new Error("Cannot trace: this runs in a thread that the registry starts")
port.on("message", ({ scripts, request }: TraceOrder) => {
  port.postMessage(trace(scripts, request) satisfies TraceReply)
})
