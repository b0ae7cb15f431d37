import { createRequire } from "node:module"
import { Worker } from "node:worker_threads"
import { SharedPlaces } from "../util/shared-places.ts"
import type { TracedScript, TraceRequest } from "./trace.ts"
import type { TraceOrder, TraceReply } from "./trace-worker.ts"

/** How long one request may take. */
const answerMs = 30_000
/** A thread without work ends, and gives its memory back. */
const idleMs = 30_000
const maxHeapMb = 1024
/** Threads at most. */
const maxThreads = 2

/** A thread that answers one request at a time, and for whom it did last: it keeps the maps that it has read. */
interface Seat {
  thread: Thread | undefined
  owner: string | undefined
  isTaken: boolean
}

/** Owners take turns, and none has more than one thread: whoever has slow maps waits for them alone. */
const places = new SharedPlaces({ all: maxThreads, ofOwner: 1 })
const seats: readonly Seat[] = Array.from({ length: maxThreads }, () => ({
  thread: undefined,
  owner: undefined,
  isTaken: false,
}))

/** Traces in a thread of its own, as large maps need: reading one takes longer than the host's event loop may be held up. Undefined where the thread fails. */
export function traceOnThread(
  owner: string,
  scripts: readonly TracedScript[],
  request: TraceRequest,
): Promise<TraceReply | undefined> {
  return new Promise((resolve) => places.add(owner, async () => resolve(await ask(owner, { scripts, request }))))
}

async function ask(owner: string, order: TraceOrder): Promise<TraceReply | undefined> {
  const free = seats.filter(({ isTaken }) => !isTaken)
  const seat = free.find((each) => each.thread && each.owner === owner) ?? free.find(({ thread }) => thread) ?? free[0]
  if (!seat) return undefined
  seat.isTaken = true
  seat.owner = owner
  try {
    seat.thread ??= startThread(() => {
      seat.thread = undefined
    })
    return await seat.thread.ask(order)
  } catch {
    return undefined
  } finally {
    seat.isTaken = false
  }
}

interface Thread {
  ask(order: TraceOrder): Promise<TraceReply | undefined>
}

function startThread(onEnd: () => void): Thread {
  const worker = new Worker(createRequire(import.meta.url).resolve("#workers/trace"), {
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: maxHeapMb },
  })
  worker.unref()
  let answer: ((reply: TraceReply | undefined) => void) | undefined
  let timer: NodeJS.Timeout | undefined
  let isOver = false

  function end(): void {
    if (isOver) return
    isOver = true
    clearTimeout(timer)
    onEnd()
    void worker.terminate()
    answer?.(undefined)
  }

  worker.on("message", (reply: TraceReply) => answer?.(reply))
  worker.on("error", end)
  worker.on("exit", end)
  return {
    async ask(order) {
      clearTimeout(timer)
      timer = setTimeout(end, answerMs)
      // Whoever asks waits for the answer, and so does the process.
      worker.ref()
      const reply = await new Promise<TraceReply | undefined>((resolve) => {
        answer = resolve
        worker.postMessage(order)
      })
      clearTimeout(timer)
      if (!isOver) {
        worker.unref()
        timer = setTimeout(end, idleMs).unref()
      }
      return reply
    },
  }
}
