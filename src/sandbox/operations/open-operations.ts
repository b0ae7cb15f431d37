/** The answer to one operation of a guest. */
export interface Settlement {
  readonly head: string
  readonly body: Uint8Array | undefined
  /** Called when the guest is given it. */
  readonly onDelivered?: () => void
}

/** The operations of one call that have not been answered yet. */
export class OpenOperations {
  readonly #settle: (settlement: Settlement) => void
  readonly #cancels: Map<number, () => void> = new Map()

  constructor(settle: (settlement: Settlement) => void) {
    this.#settle = settle
  }

  /** How many there are. */
  get size(): number {
    return this.#cancels.size
  }

  /** Whether an operation has been neither answered nor cancelled. */
  has(id: number): boolean {
    return this.#cancels.has(id)
  }

  /** An operation begins, and can be cancelled so. */
  add(id: number, cancel: () => void): void {
    this.#cancels.set(id, cancel)
  }

  /** Answers an operation; false where nobody waits for it any more. The fields are members of an object, as JSON text. */
  answer(id: number, fields: string, body?: Uint8Array, onDelivered?: () => void): boolean {
    if (!this.#cancels.delete(id)) return false
    this.#settle({ head: `{"id":${id},${fields}}`, body, ...(onDelivered && { onDelivered }) })
    return true
  }

  /** Answers that an operation failed; false where nobody waits for it any more. */
  fail(id: number, name: string, message: string): boolean {
    return this.answer(id, `"ok":false,"error":${JSON.stringify({ name, message })}`)
  }

  /** The same, but not at once: the call has only just begun to wait. */
  failSoon(id: number, name: string, message: string): void {
    this.refuseSoon(id, { name, message })
  }

  /** The same with an error that the thread has written. */
  refuseSoon(id: number, error: unknown): void {
    const refusing = setImmediate(() => this.answer(id, `"ok":false,"error":${JSON.stringify(error) ?? "{}"}`))
    this.add(id, () => clearImmediate(refusing))
  }

  /** Nobody waits for an operation any more. */
  cancel(id: number): void {
    this.#cancels.get(id)?.()
    this.#cancels.delete(id)
  }

  /** Nobody waits for any. */
  clear(): void {
    for (const cancel of this.#cancels.values()) cancel()
    this.#cancels.clear()
  }
}
