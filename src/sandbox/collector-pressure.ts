/** Below this the reminder would cost more than it brings. */
const stepBytes = 4 * 1024 * 1024
/** Collections come the sooner the heavier it weighs. */
const weight = 3

/**
 * Reminds a thread's garbage collector of shared memory that passes through. V8 counts shared memory to no thread, so that
 * without this the images of waiting calls would be dropped and never freed.
 */
export class CollectorPressure {
  #bytes = 0

  /** An image came or went. */
  add(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes < stepBytes) return
    // Never touched, so that it takes no memory, and garbage at once; but it is counted.
    new ArrayBuffer(this.#bytes * weight)
    this.#bytes = 0
  }
}
