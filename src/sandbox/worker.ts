import { parentPort, workerData } from "node:worker_threads"
import featureScripts from "#guest-features"
import guestScript from "#guest-script"
import type { CallBounds } from "./call-bounds.ts"
import type { FromThread, ToThread } from "./protocol.ts"
import { SandboxThread } from "./sandbox-thread.ts"

/** What the pool starts a worker with. */
export interface SandboxWorkerData {
  readonly compiled: WebAssembly.Module
  readonly shared: Int32Array
  readonly origin: number
  readonly bounds: CallBounds
  /** The first worker of a process boots the base; the others are given it. */
  readonly bootsBase: boolean
}

const port = parentPort
if (!port) throw new Error("Cannot start the sandbox: this file runs as a worker thread.")
const { compiled, shared, origin, bounds, bootsBase } = workerData as SandboxWorkerData
const post = (message: FromThread) => port.postMessage(message)
const thread = new SandboxThread({ compiled, guestScript, featureScripts, shared, origin, bounds, post })

let turn: Promise<void> = bootsBase ? thread.bootBase() : Promise.resolve()
port.on("message", (tasks: readonly ToThread[]) => {
  turn = turn.then(async () => {
    for (const task of tasks) await thread.handle(task)
    thread.rest()
  })
})
