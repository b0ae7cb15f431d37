/** Knows which calls are under way, so that closing can wait for them and refuse later ones. */
export interface Calls {
  /** The same methods, counted. */
  count<Methods extends object>(methods: Methods): Methods
  /** Refuses calls from now on, waits for those that began, then runs `disconnect`, once. */
  close(disconnect: () => Promise<void>): Promise<void>
}

/** `subject` is what the message of a refused call names. */
export function createCalls(subject: string): Calls {
  const running = new Set<Promise<unknown>>()
  let closing: Promise<void> | undefined

  const run = async (method: () => Promise<unknown>): Promise<unknown> => {
    if (closing) throw new Error(`Cannot use ${subject}: it is closed.`)
    const call = method()
    running.add(call)
    try {
      return await call
    } finally {
      running.delete(call)
    }
  }

  return {
    count<Methods extends object>(methods: Methods): Methods {
      const counted = Object.entries(methods).map(([name, method]) => [
        name,
        (...parameters: readonly unknown[]) => run(() => method(...parameters)),
      ])
      return Object.fromEntries(counted)
    },
    close(disconnect) {
      closing ??= Promise.allSettled(running).then(disconnect)
      return closing
    },
  }
}
