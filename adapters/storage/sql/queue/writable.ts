import type { Database } from "../database.ts"

/** How often to try all the same: what the database says of itself may hold for one connection alone. */
const tryEveryMs = 60_000

/**
 * Makes what runs `write` only where the database takes writes. After it has refused one it is asked first, which is cheap
 * and no error in its log; so `write` goes on as soon as it may.
 */
export function createWritable({
  kysely,
  engine: { readOnly },
}: Database): <Result>(now: number, write: () => Promise<Result>) => Promise<Result> {
  if (!readOnly) return (_, write) => write()
  let refusedAt: number | undefined
  let refusal: unknown

  return async (now, write) => {
    if (refusedAt !== undefined && Math.abs(now - refusedAt) < tryEveryMs) {
      const { rows } = await readOnly.isNow.execute(kysely)
      if (rows[0]?.refuses) throw isReadOnly(refusal)
    }
    try {
      const result = await write()
      refusedAt = undefined
      return result
    } catch (error) {
      if (!readOnly.isRefusal(error)) throw error
      refusedAt = now
      refusal = error
      throw isReadOnly(error)
    }
  }
}

function isReadOnly(cause: unknown): Error {
  return new Error("Cannot take jobs: the database is read-only. They are taken once it is not.", { cause })
}
