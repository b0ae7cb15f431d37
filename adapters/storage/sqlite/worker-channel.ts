import { createRequire } from "node:module"
import { Worker } from "node:worker_threads"
import { threadBegins, threadRests } from "../../../src/util/busy-threads.ts"
import type { Row } from "../sql/connection.ts"
import type { SqliteChannel } from "./channel.ts"
import type { SqliteSettings } from "./open-database.ts"
import { packValues } from "./packed-values.ts"
import { openedId, type SqliteReply, type SqliteRequest } from "./worker-protocol.ts"

interface Waiter {
  resolve(rows: readonly Row[]): void
  reject(error: Error): void
}

/** Opens a database in a worker thread of its own, which keeps the process alive only while an answer is awaited. */
export async function openWorkerChannel(
  settings: SqliteSettings,
  file: string = createRequire(import.meta.url).resolve("#workers/sqlite"),
): Promise<SqliteChannel> {
  // The host's loaders and flags are not for this thread.
  const worker = new Worker(file, { workerData: settings, execArgv: [], name: "inlay-sqlite" })
  const waiters = new Map<number, Waiter>()
  let ended: Error | undefined
  let lastId = openedId

  const wait = (id: number): Promise<readonly Row[]> =>
    new Promise((resolve, reject) => {
      if (waiters.size === 0) {
        worker.ref()
        threadBegins()
      }
      waiters.set(id, { resolve, reject })
    })
  const request = (request: Omit<SqliteRequest, "id">): Promise<readonly Row[]> => {
    if (ended) return Promise.reject(ended)
    lastId += 1
    worker.postMessage({ id: lastId, ...request } satisfies SqliteRequest)
    return wait(lastId)
  }
  const end = (error: Error): void => {
    ended ??= error
    if (waiters.size > 0) threadRests()
    for (const waiter of waiters.values()) waiter.reject(ended)
    waiters.clear()
  }

  worker.on("message", ({ id, rows, error }: SqliteReply) => {
    const waiter = waiters.get(id)
    if (!waiter) return
    waiters.delete(id)
    if (waiters.size === 0) {
      worker.unref()
      threadRests()
    }
    if (error) waiter.reject(toError(error))
    else waiter.resolve(rows ?? [])
  })
  worker.on("error", (cause) => end(new Error(endedMessage(settings.path, cause), { cause })))
  worker.on("exit", () => end(new Error(endedMessage(settings.path))))

  try {
    await wait(openedId)
  } catch (error) {
    await worker.terminate()
    throw error
  }
  const replaceable = settings.path !== ":memory:"
  return {
    isLost: () => ended !== undefined && replaceable,
    abandon() {
      if (!replaceable) return
      end(new Error(endedMessage(settings.path)))
      void worker.terminate()
    },
    query: (sql, parameters) => request({ sql, parameters: packValues(parameters) }),
    async close() {
      try {
        await request({})
      } finally {
        await worker.terminate()
      }
    },
  }
}

function endedMessage(path: string, cause?: Error): string {
  const reason = cause === undefined ? "" : ` (${cause.message})`
  return `Cannot use SQLite database "${path}": its worker thread has ended${reason}.`
}

function toError({ message, code }: NonNullable<SqliteReply["error"]>): Error {
  return Object.assign(new Error(message), code !== undefined && { code })
}
