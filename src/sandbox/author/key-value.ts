import { ask } from "./sandbox.ts"

/** How long a value is kept. */
export interface KeyValueOptions {
  /** Seconds until the value is gone, fractions allowed. @default it stays */
  readonly ttl?: number
}

/** Values under keys, shared by all functions of the organisation. */
export interface KeyValue {
  /** The value under a key; null where there is none. */
  get<Value = unknown>(key: string): Promise<Value | null>
  /** Stores a value that has a JSON form. */
  set(key: string, value: unknown, options?: KeyValueOptions): Promise<void>
  /** Whether there was a value to delete. */
  delete(key: string): Promise<boolean>
  /** Values whose key begins with the prefix, sorted by key; `cursor` is the key after which to begin. */
  list<Value = unknown>(
    prefix?: string,
    options?: { readonly limit?: number; readonly cursor?: string },
  ): Promise<{
    readonly items: readonly { readonly key: string; readonly value: Value }[]
    readonly next: string | null
  }>
  /**
   * Adds to a number in one step, from 0 where there is none, and gives the sum. `ttl` counts from the call that made
   * the number and is not prolonged by later ones, so that a key is one window of a rate limit.
   */
  increment(key: string, by?: number, options?: KeyValueOptions): Promise<number>
  /** Stores a value where the present one equals `expected` (null: where there is none), in one step; tells whether it did. */
  compareAndSet(key: string, expected: unknown, value: unknown, options?: KeyValueOptions): Promise<boolean>
}

/** Values under keys, shared by all functions of the organisation. */
export const kv: KeyValue = {
  get: (key) => ask("kv", "get", { key }),
  set: async (key, value, options) => {
    await ask("kv", "set", { key, value, ttl: options?.ttl })
  },
  delete: (key) => ask("kv", "delete", { key }),
  list: (prefix = "", options = {}) => ask("kv", "list", { prefix, limit: options.limit, cursor: options.cursor }),
  increment: (key, by = 1, options = {}) => ask("kv", "increment", { key, by, ttl: options.ttl }),
  compareAndSet: (key, expected, value, options = {}) =>
    ask("kv", "compareAndSet", { key, expected, value, ttl: options.ttl }),
}
