import type { InvocationRecord } from "../model/invocation.ts"
import { functionKeys } from "../model/metrics.ts"
import { Aggregate } from "./aggregate.ts"

/** What the calls of one function in one minute measure, by the key of the series. */
export class FunctionWindow {
  readonly name: string
  readonly #duration = new Aggregate()
  readonly #cpu = new Aggregate()
  readonly #memory = new Aggregate()
  readonly #errors = new Aggregate()
  readonly #coldStarts = new Aggregate()
  readonly #throttled = new Aggregate()
  readonly #concurrency = new Aggregate()
  readonly #egress = new Aggregate()

  constructor(name: string) {
    this.name = name
  }

  addCall({ durationMs, cpuMs, memoryBytes, status, coldStart, concurrency, egress }: InvocationRecord): void {
    this.#duration.add(durationMs)
    this.#cpu.add(cpuMs)
    this.#memory.add(memoryBytes)
    this.#errors.add(status === "failed" ? 1 : 0)
    this.#coldStarts.add(coldStart ? 1 : 0)
    if (concurrency !== undefined) this.#concurrency.add(concurrency)
    if (egress && egress.bytesSent > 0) this.#egress.add(egress.bytesSent)
  }

  addThrottled(): void {
    this.#throttled.add(1)
  }

  /** Those that have values. */
  aggregates(): readonly (readonly [key: string, aggregate: Aggregate])[] {
    const all = [
      [functionKeys.duration, this.#duration],
      [functionKeys.cpu, this.#cpu],
      [functionKeys.memory, this.#memory],
      [functionKeys.errors, this.#errors],
      [functionKeys.coldStarts, this.#coldStarts],
      [functionKeys.throttled, this.#throttled],
      [functionKeys.concurrency, this.#concurrency],
      [functionKeys.egress, this.#egress],
    ] as const
    return all.filter(([, { count }]) => count > 0)
  }
}
