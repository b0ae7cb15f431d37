let count = 0

/** A thread beside the host's and the sandbox's has begun to work for the service. */
export function threadBegins(): void {
  count++
}

/** It has nothing to do any more. */
export function threadRests(): void {
  count--
}

/** How many of these work now: each of them wants a core. */
export function busyThreads(): number {
  return count
}
