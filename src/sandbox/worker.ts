import { parentPort, workerData } from "node:worker_threads"
import featureScripts from "#guest-features"
import guestScript from "#guest-script"
import type { CallBounds } from "./call-bounds.ts"
import { type FromThread, systemIdWord, type ToThread } from "./protocol.ts"
import { SandboxThread } from "./sandbox-thread.ts"
import { systemThreadId } from "./thread-clock.ts"

/** What the pool starts a worker with. */
export interface SandboxWorkerData {
  readonly compiled: WebAssembly.Module
  readonly shared: Int32Array
  readonly origin: number
  readonly bounds: CallBounds
  /** The build has a worker boot the base; those of a process are given it. */
  readonly bootsBase: boolean
}

const port = parentPort
if (!port) throw new Error("Cannot start the sandbox: this file runs as a worker thread.")
const { compiled, shared, origin, bounds, bootsBase } = workerData as SandboxWorkerData
const post = (message: FromThread) => port.postMessage(message, buffersOf(message))
shared[systemIdWord] = systemThreadId()
const thread = new SandboxThread({ compiled, guestScript, featureScripts, shared, origin, bounds, post })

let turn: Promise<void> = bootsBase ? thread.bootBase() : Promise.resolve()
port.on("message", (tasks: readonly ToThread[]) => {
  turn = turn.then(async () => {
    for (const task of tasks) await thread.handle(task)
    thread.rest()
  })
})

/** The bytes that leave are handed over: copying them would cost the main thread. */
function buffersOf(message: FromThread): readonly ArrayBuffer[] {
  if (message.type === "waiting") return message.operations.flatMap(({ bytes }) => toBuffers(bytes))
  const output =
    message.type === "answered"
      ? message.output
      : message.type === "finished" && message.outcome.ok
        ? message.outcome.output
        : undefined
  return output?.type === "response" ? toBuffers(output.body) : []
}

function toBuffers(bytes: Uint8Array | undefined): readonly ArrayBuffer[] {
  return bytes && bytes.byteLength > 0 && bytes.byteLength === bytes.buffer.byteLength
    ? [bytes.buffer as ArrayBuffer]
    : []
}
