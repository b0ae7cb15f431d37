// Test runners put others in their place.
const { setImmediate: nextTurn } = globalThis

/** A turn of the event loop, in which everybody else comes to their own. */
export function turn(): Promise<void> {
  return new Promise((resolve) => void nextTurn(resolve))
}
