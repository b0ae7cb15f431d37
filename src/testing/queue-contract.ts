import type { Queue } from "../ports/queue.ts"
import type { ContractRunner } from "./contract-runner.ts"
import { describeFlowing } from "./queue-contract/flowing.ts"
import { describeGathering } from "./queue-contract/gathering.ts"
import { describeListing } from "./queue-contract/listing.ts"
import { describePutting } from "./queue-contract/putting.ts"
import { describeSettling } from "./queue-contract/settling.ts"
import { createSubject, type QueueSubject } from "./queue-contract/subject.ts"
import { describeTaking } from "./queue-contract/taking.ts"

/** A queue under test, and how it is closed. */
export interface OpenQueue {
  readonly queue: Queue
  close(): Promise<void>
}

/**
 * The contract of the queue port as tests: whoever writes a queue runs it with the own test runner.
 *
 * ```ts
 * queueContract({ describe, it, beforeEach, afterEach }, async () => ({ queue: await openMyQueue(), close: closeMyQueue }))
 * ```
 *
 * Each test gets a queue of its own, which must be empty.
 */
export function queueContract(runner: ContractRunner, open: () => Promise<OpenQueue>): void {
  const { describe, beforeEach, afterEach } = runner
  let opened: OpenQueue | undefined
  let present: QueueSubject | undefined
  const subject = (): QueueSubject => {
    if (!present) throw new Error("Cannot use the queue under test: beforeEach has not run")
    return present
  }

  describe("queue contract", () => {
    beforeEach(async () => {
      opened = await open()
      present = createSubject(opened.queue)
    })
    afterEach(async () => {
      await opened?.close()
      opened = undefined
    })

    describe("putting", () => describePutting(runner, subject))
    describe("taking", () => describeTaking(runner, subject))
    describe("flowing", () => describeFlowing(runner, subject))
    describe("gathering", () => describeGathering(runner, subject))
    describe("settling", () => describeSettling(runner, subject))
    describe("listing and removing", () => describeListing(runner, subject))
  })
}
