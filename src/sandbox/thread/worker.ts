import { type MessagePort, workerData } from "node:worker_threads"
import featureScripts from "#guest-features"
import guestScript from "#guest-script"
import type { CallBounds } from "../call-bounds.ts"
import { Expectation } from "../expectation.ts"
import { Mailbox } from "../mailbox.ts"
import {
  awakeWord,
  type FromThread,
  poolPostedWord,
  systemIdWord,
  type ToThread,
  threadPostedWord,
} from "../protocol.ts"
import { systemThreadId } from "../thread-clock.ts"
import { SandboxThread } from "./sandbox-thread.ts"

/** What the pool starts a worker with. */
export interface SandboxWorkerData {
  readonly compiled: WebAssembly.Module
  readonly shared: Int32Array
  readonly port: MessagePort
  readonly origin: number
  readonly bounds: CallBounds
  /** The build has a worker boot the base; those of a process are given it. */
  readonly bootsBase: boolean
}

/** For how long a thread that has nothing to do may wait awake. */
const nearMs = 0.2
/** After so many posts the engine of the thread itself gets its turn, which collects what was left. */
const roundsPerTurn = 16

const { compiled, shared, port, origin, bounds, bootsBase } = workerData as SandboxWorkerData
const posts: (readonly ToThread[])[] = []
const mailbox = new Mailbox<readonly ToThread[], FromThread>(
  port,
  { shared, posted: threadPostedWord, coming: poolPostedWord },
  (tasks) => {
    posts.push(tasks)
    if (!atWork) void work()
  },
)
const post = (message: FromThread) => mailbox.post(message, buffersOf(message))
shared[systemIdWord] = systemThreadId()
const thread = new SandboxThread({ compiled, guestScript, featureScripts, shared, origin, bounds, post })
const nextTask = new Expectation(nearMs)
let atWork = bootsBase
if (bootsBase) {
  await thread.bootBase()
  atWork = false
}

/** Does what was posted, and what comes meanwhile or at once after it. */
async function work(): Promise<void> {
  atWork = true
  thread.idleness.end()
  for (let round = 0; round < roundsPerTurn; round++) {
    nextTask.met(performance.now())
    for (let tasks = posts.shift(); tasks; tasks = posts.shift()) for (const task of tasks) await thread.handle(task)
    nextTask.begin(performance.now())
    if (mailbox.take()) continue
    thread.rest()
    if (!meetNext()) break
  }
  if (posts.length > 0) setImmediate(work)
  else {
    atWork = false
    thread.idleness.begin()
  }
}

/** Looks for the next post for as long as it may well come at once. */
function meetNext(): boolean {
  if (Atomics.load(shared, awakeWord) === 0) return false
  while (nextTask.isNear(performance.now())) if (mailbox.take()) return true
  return false
}

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
