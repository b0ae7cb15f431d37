import type { DeadLetter, QueuedInvocation } from "../../model/durable-call.ts"
import type { Job } from "../../model/job.ts"
import type { PipelineRun } from "../../model/pipeline.ts"
import type { Firing } from "../../model/trigger.ts"
import type { Capability, CapabilityMethod } from "../../ports/capability.ts"
import type { FunctionsService } from "../../service/functions.ts"
import type { CreateFunctionsOptions } from "../../service/options.ts"
import type { Duration } from "./durations.ts"
import type { SentMessage } from "./embedded.ts"
import type { MockFunction } from "./mock-functions.ts"
import type { MockFetch } from "./mock-network.ts"
import type { RecordedCall } from "./recorded-calls.ts"
import type { WebhookDelivery } from "./sign-webhook.ts"

/** Capabilities by name. */
export type Capabilities = Readonly<Record<string, Capability>>

/** Options of `createTestFunctions`; all may be left out. */
export interface TestFunctionsOptions<Given extends Capabilities = Capabilities>
  extends Omit<CreateFunctionsOptions, "storage" | "now" | "http" | "queue" | "capabilities"> {
  /** Where the clock stands first. @default "2026-01-01T00:00:00Z" */
  readonly startAt?: Date | number | string
  /** Beside `kv`, `db` and `storage`, which keep their things in memory, and `email`, which sends nothing. */
  readonly capabilities?: Given
  /** Answers the requests that functions send. @default every request fails */
  readonly fetch?: MockFetch
  /** Jobs that are done at once. @default 1: one after the other, in the order of the queue */
  readonly concurrency?: number
  /** So many jobs at one moment of the clock are taken for a circle, and given up. @default 10000 */
  readonly maxJobsAtOnce?: number
}

/** How failures of accepted work count. */
export interface DrainOptions {
  /** Work may fail for good; otherwise that is thrown, once all that is due was done. @default false */
  readonly allowFailures?: boolean
}

/** The clock of a kit: it stands still until it is moved. */
export interface TestClock {
  /** Epoch milliseconds. */
  now(): number
  /** Moves it by a length of time. Whatever becomes due on the way is done at its own time, in order. */
  advance(duration: Duration, options?: DrainOptions): Promise<void>
  /** Moves it to a time that is not over, likewise. */
  advanceTo(time: Date | number | string, options?: DrainOptions): Promise<void>
  /** Moves it at once, as if the process had not run meanwhile: what became due on the way is done late. */
  jump(duration: Duration, options?: DrainOptions): Promise<void>
}

/** What there is at one moment. */
export interface Inspection {
  /** Epoch milliseconds. */
  readonly now: number
  /** Accepted calls and runs that have not ended, soonest first. */
  readonly jobs: readonly Job[]
  /** Runs of pipelines, ended or not, oldest first. */
  readonly runs: readonly PipelineRun[]
  /** What triggers fired, or were to fire and did not, oldest first. */
  readonly firings: readonly Firing[]
  /** Enqueued calls that failed for good, oldest first. */
  readonly deadLetters: readonly DeadLetter[]
  /** What functions sent with `email` and `queue`, oldest first. */
  readonly messages: readonly SentMessage[]
}

/** A method of one of the capabilities, such as `mail.send`. */
export type MethodName<Given extends Capabilities> = {
  [Name in keyof Given & string]: `${Name}.${keyof Given[Name]["methods"] & string}`
}[keyof Given & string]

/** The calls that go by a name: typed for a method of the capabilities that were given. */
export type CallsOf<Given extends Capabilities, Name extends string> = Name extends `${infer Owner}.${infer Method}`
  ? Owner extends keyof Given
    ? Given[Owner]["methods"][Method] extends CapabilityMethod<infer Input, infer Output>
      ? RecordedCall<Input, Output>
      : RecordedCall
    : RecordedCall
  : RecordedCall

/** A functions service for one test: in this process, in memory, with a clock that is moved by hand. */
export interface TestKit<Given extends Capabilities = Capabilities> extends AsyncDisposable {
  /** The service as a host has it. What it accepts is done when the kit is drained or its clock is moved. */
  readonly functions: FunctionsService
  readonly clock: TestClock
  /** Does all that is due, and what follows from it, without moving the clock. Throws where work failed for good. */
  drain(options?: DrainOptions): Promise<void>
  /**
   * Moves the clock until an accepted call or run has ended, and gives it as it is then; throws its failure. Throws, too,
   * where it waits for somebody, or has not ended `within` that time.
   */
  finish<Work extends PipelineRun | QueuedInvocation>(work: Work, options?: FinishOptions): Promise<Work>
  /** The tries at a function, or the calls of a capability's method (`mail.send`), in the order in which they began. */
  calls<Name extends MethodName<Given> | (string & {})>(
    name: Name,
    options?: { readonly organisation?: string },
  ): readonly CallsOf<Given, Name>[]
  /**
   * Has a function of the test answer in the place of a function, which is deployed where there is none of this name.
   * Answers what ends it.
   */
  mock(name: string, mock: MockFunction, options?: { readonly organisation?: string }): Promise<() => void>
  /**
   * Sends a delivery by POST to a path, such as that of a webhook trigger, with the signature that its sender would give it.
   * What it brings is done when the kit is drained.
   */
  webhook(path: string, delivery: WebhookDelivery): Promise<Response>
  /** What there is now, in one organisation. @default the organisation `default` */
  inspect(options?: { readonly organisation?: string }): Promise<Inspection>
  /** Forgets all that was done: jobs, runs, records, data, messages, calls. Functions, pipelines, mocks and the clock stay. */
  clear(): Promise<void>
  /** Ends it; accepted work is dropped. */
  close(): Promise<void>
}

/** Options of `finish`. */
export interface FinishOptions extends DrainOptions {
  /** @default "366d" */
  readonly within?: Duration
  /** Whose run it is. @default "default" */
  readonly organisation?: string
}
