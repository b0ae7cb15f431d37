import type { Storage } from "../ports/storage.ts"

/** For how long the storage may say nothing: a probe every second then sees its failure within five. */
const answersWithinMs = 4000

/** Asks the storage whether it is there. A database that was cut off says nothing for a long time, not even that it fails. */
export async function ping(storage: Pick<Storage, "ping">, withinMs: number = answersWithinMs): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const silence = new Promise<never>((_, reject) => {
    const told = new Error(`The storage has not answered for ${withinMs / 1000} seconds.`)
    timer = setTimeout(reject, withinMs, told)
  })
  try {
    await Promise.race([storage.ping(), silence])
  } finally {
    clearTimeout(timer)
  }
}
