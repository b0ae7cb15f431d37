/** Which lines were handed on already. */
export interface SeenIds {
  /** Whether it is new; until when it is remembered is set anew each time. */
  add(id: string, forgetAt: number): boolean
  /** Forgets those whose time has come. */
  forget(now: number): void
}

/** Creates an empty one. */
export function createSeenIds(): SeenIds {
  const seen = new Map<string, number>()
  return {
    add(id, forgetAt) {
      const isNew = !seen.has(id)
      seen.set(id, forgetAt)
      return isNew
    },
    forget(now) {
      for (const [id, at] of seen) if (at < now) seen.delete(id)
    },
  }
}
