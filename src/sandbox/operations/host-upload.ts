/** The body of a request that the guest sends as it makes it: at most one chunk waits here. */
export class HostUpload implements AsyncIterable<Uint8Array> {
  #waiting: { readonly chunk: Uint8Array; readonly taken: (isWanted: boolean) => void } | undefined
  #state: "open" | "ended" | "closed" = "open"
  #wake: (() => void) | undefined

  /** Takes the guest's next chunk, and says when there is room for another, or that none is wanted any more. */
  push(chunk: Uint8Array, taken: (isWanted: boolean) => void): void {
    // The guest waits for each; one that does not is no guest of ours.
    if (this.#state !== "open" || this.#waiting) {
      taken(false)
      return
    }
    this.#waiting = { chunk, taken }
    this.#wake?.()
  }

  /** The guest has no more. */
  end(): void {
    if (this.#state === "open") this.#state = "ended"
    this.#wake?.()
  }

  /** The request is over, or was given up on: what it would still send is not wanted. */
  close(): void {
    if (this.#state === "closed") return
    this.#state = "closed"
    this.#waiting?.taken(false)
    this.#waiting = undefined
    this.#wake?.()
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return {
      next: () => this.#next(),
      return: async () => {
        this.close()
        return { done: true, value: undefined }
      },
    }
  }

  async #next(): Promise<IteratorResult<Uint8Array>> {
    while (!this.#waiting) {
      // Not an end: the other side must not take what it has for the whole.
      if (this.#state === "closed") throw new Error("The request was given up on.")
      if (this.#state === "ended") return { done: true, value: undefined }
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    const { chunk, taken } = this.#waiting
    this.#waiting = undefined
    taken(true)
    return { done: false, value: chunk }
  }
}
