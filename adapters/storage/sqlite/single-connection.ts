import type { ConnectionSource } from "../sql/connection.ts"
import type { SqliteChannel } from "./channel.ts"

/**
 * Makes one connection serve many users in turn: a transaction has it alone until it ends, so no other statement slips
 * into it. `open` runs before first use, and again after a failure or a disconnection.
 */
export function createSingleConnection(open: () => Promise<SqliteChannel>): ConnectionSource {
  let turn: Promise<void> = Promise.resolve()
  let channel: SqliteChannel | undefined

  const takeTurn = async (): Promise<() => void> => {
    const before = turn
    const { promise, resolve } = withResolvers()
    turn = promise
    await before
    return resolve
  }

  const take = async () => {
    const endTurn = await takeTurn()
    try {
      if (channel === undefined || channel.isLost()) channel = await open()
      return { channel, endTurn }
    } catch (error) {
      channel = undefined
      endTurn()
      throw error
    }
  }

  return {
    async transact(statements) {
      const taken = await take()
      try {
        return await taken.channel.transact(statements)
      } finally {
        taken.endTurn()
      }
    },
    async connect() {
      const { channel: taken, endTurn } = await take()
      const { query, abandon } = taken
      return {
        query,
        release(broken) {
          if (broken) abandon()
          endTurn()
        },
      }
    },
    async disconnect() {
      const endTurn = await takeTurn()
      const connected = channel
      channel = undefined
      try {
        await connected?.close()
      } finally {
        endTurn()
      }
    },
  }
}

function withResolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => {}
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
