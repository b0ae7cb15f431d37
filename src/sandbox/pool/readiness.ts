/** Something that becomes ready once, or never. */
export class Readiness {
  /** Resolves when it is ready; rejects when it never will be. */
  readonly promise: Promise<void>
  reach: () => void = () => {}
  fail: (error: Error) => void = () => {}

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.reach = resolve
      this.fail = reject
    })
    // Whoever waits hears of a failure; where nobody does, it must not end the process.
    this.promise.catch(() => {})
  }
}
