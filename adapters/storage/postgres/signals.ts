import { randomUUID } from "node:crypto"
import type { News, Signals } from "../sql/signals.ts"

/** A connection of `pg` that hears notifications. */
export interface ListeningClient {
  query(text: string, values: unknown[]): Promise<{ readonly rows: readonly unknown[] }>
  on(event: "notification", listener: (message: { readonly payload?: string | undefined }) => void): unknown
  on(event: "error" | "end", listener: (error?: Error) => void): unknown
  /** Disconnects. */
  end(): Promise<void>
}

/** How signals reach PostgreSQL. */
export interface PostgresSignalsOptions {
  /** Gives a connection to listen on. */
  readonly connect: () => Promise<ListeningClient>
  /** Runs a statement on any other connection. */
  readonly query: (text: string, values: string[]) => Promise<void>
  /** For how long a notification may be on its way to be counted as one that arrives. @default 2000 */
  readonly probeMs?: number
  /** The first pause before connecting again; it doubles up to thirty times as much. @default 1000 */
  readonly retryMs?: number
  /** The first pause before trying again where notifications do not come through; it doubles up to an hour. @default 60000 */
  readonly deafMs?: number
  /** How long the database may take to pass a notification on, or to say goodbye. @default 10000 */
  readonly answersWithinMs?: number
}

/** A notification carries less than 8,000 bytes, an organisation's id has up to 128 and a job's 36. */
const endedAtOnce = 40

/** Of what could not be told yet: whoever waits for something older finds it by looking. */
const maxEnded = 1000

const longestDeafMs = 3_600_000
const notify = "select pg_notify($1, $2)"

const deaf =
  "Processes that share this PostgreSQL cannot tell one another of new work: LISTEN and NOTIFY do not come through, as " +
  "behind PgBouncer in transaction mode. They look for it from time to time instead (queue.pollMs). The option listen " +
  "of postgres() takes a URL that leads past the pooler."

/** Tells and hears of news with LISTEN and NOTIFY, on one connection that is made anew whenever it is lost. */
export function createPostgresSignals(options: PostgresSignalsOptions): Signals {
  const { connect, query, probeMs = 2000, retryMs = 1000, deafMs = 60_000, answersWithinMs = 10_000 } = options
  const self = randomUUID()
  const listeners = new Set<(news: News) => void>()
  let warn: (message: string) => void = () => {}
  let state: "idle" | "connecting" | "listening" | "lost" | "over" = "idle"
  let client: ListeningClient | undefined
  let channel = ""
  let heard: ((text: string) => void) | undefined
  let connecting: Promise<void> = Promise.resolve()
  let retry: NodeJS.Timeout | undefined
  let pause = retryMs
  let deafPause = deafMs
  let isWarned = false
  let work = false
  let ended: (readonly [string, string])[] = []
  let isSending = false

  const tell = (news: News) => {
    for (const listener of listeners) listener(news)
  }

  const isOver = () => state === "over"

  async function start(): Promise<void> {
    state = "connecting"
    try {
      const connected = await connect()
      if (isOver()) return void (await connected.end())
      client = connected
      const lost = () => lose(connected)
      connected.on("error", lost)
      connected.on("end", lost)
      connected.on("notification", ({ payload = "" }) => receive(payload))
      const { rows } = await connected.query(
        "select 'inlay_' || oid as channel from pg_namespace where nspname = current_schema()",
        [],
      )
      channel = (rows[0] as { readonly channel: string }).channel
      await connected.query(`listen ${channel}`, [])
      const isHeard = await probe()
      if (client !== connected) return
      if (!isHeard) return goDeaf()
      state = "listening"
      pause = retryMs
      deafPause = deafMs
      // What was put while nobody listened.
      tell({ work: true, ended: [] })
      void flush()
    } catch {
      lose(client)
    }
  }

  /** Whether what another connection says is heard: a pooler may hand LISTEN to a connection that nobody reads. */
  async function probe(): Promise<boolean> {
    const text = `probe ${randomUUID()}`
    let timer: NodeJS.Timeout | undefined
    let end: (isHeard: boolean) => void = () => {}
    const arrived = new Promise<boolean>((resolve) => {
      end = resolve
    })
    heard = (payload) => {
      if (payload === text) end(true)
    }
    try {
      await query(notify, [channel, text])
      // It may have waited for a connection; the notification is on its way from now on.
      timer = setTimeout(end, probeMs, false)
      return await arrived
    } finally {
      clearTimeout(timer)
      heard = undefined
    }
  }

  /** It may have been one bad moment, or somebody mends it. */
  function goDeaf(): void {
    if (!isWarned) warn(deaf)
    isWarned = true
    startAgain(deafPause)
    deafPause = Math.min(deafPause * 2, longestDeafMs)
  }

  function lose(connected: ListeningClient | undefined): void {
    if (isOver() || state === "lost" || connected !== client) return
    startAgain(pause)
    pause = Math.min(pause * 2, retryMs * 30)
  }

  function startAgain(afterMs: number): void {
    state = "lost"
    drop()
    retry = setTimeout(() => {
      connecting = start()
    }, afterMs)
    retry.unref()
  }

  function drop(): void {
    const dropped = client
    client = undefined
    work = false
    ended = []
    void dropped?.end().catch(() => {})
  }

  function receive(payload: string): void {
    heard?.(payload)
    const [from, isWork, ...ids] = payload.split("\n")
    if (from === self || isWork === undefined) return
    const pairs = ids.map((id) => id.split("/") as [string, string])
    tell({ work: isWork === "1", ended: pairs })
  }

  /** One notification at a time: what comes meanwhile goes together. */
  async function flush(): Promise<void> {
    if (isSending) return
    isSending = true
    // What is told in the same moment comes along.
    await Promise.resolve()
    while (state === "listening" && client && (work || ended.length > 0)) {
      const now = ended.slice(0, endedAtOnce)
      const text = [self, work ? "1" : "0", ...now.map((pair) => pair.join("/"))].join("\n")
      ended = ended.slice(endedAtOnce)
      work = false
      const asked = client
      // One whose other end is gone may not tell for a quarter of an hour.
      const silence = setTimeout(lose, answersWithinMs, asked)
      try {
        await asked.query(notify, [channel, text])
      } catch {
        // The connection is lost, which it tells by itself.
        break
      } finally {
        clearTimeout(silence)
      }
    }
    isSending = false
  }

  return {
    open(given) {
      warn = given
    },
    send(news) {
      if (state !== "connecting" && state !== "listening") return
      work ||= news.work
      ended.push(...news.ended)
      if (ended.length > maxEnded) ended = ended.slice(-maxEnded)
      void flush()
    },
    atCommit() {
      // It comes from nobody, so that this process hears it as well.
      return state === "listening" ? { sql: notify, parameters: [channel, "\n1"] } : null
    },
    listen(listener) {
      const own = (news: News) => listener(news)
      listeners.add(own)
      if (state === "idle") connecting = start()
      return () => void listeners.delete(own)
    },
    async close() {
      state = "over"
      clearTimeout(retry)
      const open = client
      client = undefined
      // Where the other end is gone, there is no goodbye to wait for.
      let timer: NodeJS.Timeout | undefined
      const silence = new Promise((resolve) => {
        timer = setTimeout(resolve, Math.min(answersWithinMs, 1000))
      })
      await Promise.race([Promise.allSettled([open?.end(), connecting]), silence])
      clearTimeout(timer)
    },
  }
}
