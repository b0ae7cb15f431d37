import { createRequire } from "node:module"
import { Worker } from "node:worker_threads"
import { threadBegins, threadRests } from "../../../src/util/busy-threads.ts"
import type { SqliteChannel } from "./channel.ts"
import type { SqliteSettings } from "./open-database.ts"
import { packValues } from "./packed-values.ts"
import { openedId, type SqliteReply, type SqliteRequest } from "./worker-protocol.ts"

interface Waiter {
  resolve(reply: SqliteReply): void
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

  const wait = (id: number): Promise<SqliteReply> =>
    new Promise((resolve, reject) => {
      if (waiters.size === 0) {
        worker.ref()
        threadBegins()
      }
      waiters.set(id, { resolve, reject })
    })
  const request = (request: Omit<SqliteRequest, "id">): Promise<SqliteReply> => {
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
  const replaceable = settings.path !== ":memory:"
  const abandon = (): void => {
    if (!replaceable) return
    end(new Error(endedMessage(settings.path)))
    void worker.terminate()
  }

  worker.on("message", (reply: SqliteReply) => {
    const { id, error, isBroken } = reply
    const waiter = waiters.get(id)
    if (!waiter) return
    waiters.delete(id)
    if (waiters.size === 0) {
      worker.unref()
      threadRests()
    }
    if (isBroken) abandon()
    if (error) waiter.reject(toError(error))
    else waiter.resolve(reply)
  })
  worker.on("error", (cause) => end(new Error(endedMessage(settings.path, cause), { cause })))
  worker.on("exit", () => end(new Error(endedMessage(settings.path))))

  try {
    await wait(openedId)
  } catch (error) {
    await worker.terminate()
    throw error
  }
  return {
    isLost: () => ended !== undefined && replaceable,
    abandon,
    query: async (sql, parameters) => (await request({ sql, parameters: packValues(parameters) })).rows ?? [],
    async transact(statements) {
      const transaction = statements.map(({ sql, parameters }) => ({ sql, parameters: packValues(parameters) }))
      return (await request({ transaction })).results ?? []
    },
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
