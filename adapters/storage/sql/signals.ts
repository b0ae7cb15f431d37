import type { JoinedStatement } from "./connection.ts"

/** What a process tells the others that share the database. */
export interface News {
  /** Whether there may be something to take. */
  readonly work: boolean
  /** Jobs that ended, or that their worker has lost: organisation and id. */
  readonly ended: readonly (readonly [organisation: string, id: string])[]
}

/** The way from process to process. What goes this way may be lost: it makes things quick, and nothing rests on it. */
export interface Signals {
  /** `warn` hears of it where the database turns out to be no way. */
  open(warn: (message: string) => void): void
  /** Never throws, never waits. */
  send(news: News): void
  /** A statement that tells of work, this process too, once the transaction commits in which it runs; null where nobody listens. */
  atCommit(): JoinedStatement | null
  /** Calls back with what others send, and tells of work whenever something may have been missed. */
  listen(listener: (news: News) => void): () => void
  close(): Promise<void>
}
