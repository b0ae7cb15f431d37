import type { LoadedModule, RuntimeVersion } from "../../ports/runtime.ts"
import { EngineCrash, neverLoaded, noSandbox, readOutcome } from "../call/outcome.ts"
import type { CallBounds } from "../call-bounds.ts"
import type { Engine } from "../engine/engine.ts"
import type { Entered } from "../engine/engine-error.ts"
import { Features } from "../engine/features.ts"
import type { Instance } from "../engine/instance.ts"
import { defaultMemoryMb, InstanceFactory } from "../engine/instance-factory.ts"
import { loadVersion } from "../engine/layers.ts"
import { loadingHead } from "../engine/loading-heads.ts"
import { packPages, unpackedBytes } from "../engine/packed-pages.ts"
import type { PageRuns, Snapshot } from "../engine/snapshot.ts"
import { answerTextOp } from "../operations/host-text.ts"
import type { CallOutcome, FromThread, KeptInstance, StretchCost, ToThread } from "../protocol.ts"
import { createThreadClock } from "../thread-clock.ts"
import { Idleness } from "./idleness.ts"
import { Instances } from "./instances.ts"
import { Interrupts } from "./interrupts.ts"
import { ParkedCalls, type ThreadCall } from "./parked-calls.ts"
import { Stretch } from "./stretch.ts"
import { VersionCache } from "./version-cache.ts"

type TaskPlace = Pick<StretchCost, "id" | "slot">
type Task<Type extends ToThread["type"]> = Extract<ToThread, { type: Type }>

/** Options of a sandbox thread. */
export interface SandboxThreadOptions {
  readonly compiled: WebAssembly.Module
  readonly guestScript: string
  readonly featureScripts: Readonly<Record<string, string>>
  readonly shared: Int32Array
  /** Wall time of the pool's beginning, so that all threads count alike. */
  readonly origin: number
  readonly bounds: CallBounds
  readonly post: (message: FromThread) => void
}

/** Runs guest code for the pool: restores, calls, answers. One task at a time. */
export class SandboxThread {
  readonly #options: SandboxThreadOptions
  readonly #versions: VersionCache = new VersionCache()
  readonly #factory: InstanceFactory
  readonly #instances: Instances = new Instances((memoryMb) => this.#factory.create(memoryMb))
  /** Gives back what it does not need while it has nothing to do. */
  readonly idleness: Idleness = new Idleness(this.#instances, this.#versions, () => this.#factory.base)
  readonly #parked: ParkedCalls = new ParkedCalls(this.#instances, (id, image) =>
    this.#options.post({ type: "swapped", id, image }),
  )
  readonly #interrupts: Interrupts
  readonly #features: Features
  /** The instance whose call ended last, idle again. */
  #last: Instance | undefined
  #stretch: Stretch

  constructor(options: SandboxThreadOptions) {
    this.#options = options
    this.#factory = new InstanceFactory(options.compiled, {
      host: (engine, op, text, bytes) => this.#host(engine, op, text, bytes),
      shouldInterrupt: () => this.#interrupts.shouldInterrupt(),
    })
    this.#features = new Features(options.featureScripts)
    this.#stretch = new Stretch(options.bounds)
    this.#interrupts = new Interrupts(options.shared, options.origin, createThreadClock())
  }

  /** Boots the base snapshot, and tells it: what the build writes down. */
  async bootBase(): Promise<void> {
    await this.adoptBase(await this.#factory.boot(this.#options.guestScript))
  }

  /** Takes a base that was booted, and gets one instance ready. */
  async adoptBase(base: Snapshot): Promise<void> {
    this.#factory.adopt(base)
    this.#instances.add(await this.#factory.create(defaultMemoryMb), defaultMemoryMb)
    this.#options.post({ type: "ready", base })
  }

  /** Nothing waits: gets the instance that ran last ready for another call of the same version. */
  rest(): void {
    this.#last?.prepare()
    this.#last = undefined
    this.#interrupts.rest()
  }

  /** Does one task of the pool. */
  async handle(task: ToThread): Promise<void> {
    switch (task.type) {
      case "base":
        return this.adoptBase(task.base)
      case "version":
        return this.#versions.add(task.version, task.snapshot)
      case "forget":
        return this.#versions.remove(task.key)
      case "swapOut":
        return this.#parked.swapOut()
      case "discard":
        return this.#parked.discard(task.id)
      case "retire":
        return this.#instances.retire(task.keptAs)
      default:
        return this.#handleCall(task)
    }
  }

  async #handleCall(task: Task<"load" | "start" | "settle">): Promise<void> {
    if (!this.#interrupts.claim(task.slot)) {
      this.#options.post({ type: "revoked", id: task.id, slot: task.slot })
      return
    }
    // It may take that very instance, and wait in it.
    this.#last = undefined
    try {
      if (task.type === "load") await this.#load(task)
      else if (task.type === "start") await this.#start(task)
      else await this.#settle(task)
    } catch {
      const cost = { loadMs: 0, memoryBytes: 0, cpuMs: this.#interrupts.end(), logs: [], kept: undefined }
      this.#options.post({ type: "finished", id: task.id, slot: task.slot, ...cost, outcome: noSandbox })
    }
  }

  async #load(task: Task<"load">): Promise<void> {
    const { version, features } = this.#versions.get(task.key)
    this.#parked.swapOut()
    const instance = await this.#instances.take(version)
    this.#interrupts.begin(task.slot, task.limits, false)
    const base = this.#features.baseWith(features, instance, this.#factory.base)
    const loaded = this.#evaluate(instance, version, base, undefined)
    if ("impurities" in loaded) {
      const kept = loaded.impurities.length === 0 ? this.#keepSnapshot(version, instance) : undefined
      const module = kept ? { ...loaded, snapshotBytes: unpackedBytes(kept) } : loaded
      this.#interrupts.end()
      this.#options.post({ type: "loaded", id: task.id, slot: task.slot, module })
    } else this.#finish(task, instance, 0, loaded)
    this.#instances.add(instance, version.memoryMb)
  }

  async #start(task: Task<"start">): Promise<void> {
    const { version, difference: known } = this.#versions.get(task.key)
    const kept = this.#instances.takeKept(task.keptAs)
    this.#parked.swapOut()
    const instance = kept ?? (await this.#instances.take(version, task.keptAs))
    instance.engine.standsAt = task.limits.standsAt
    this.#interrupts.begin(task.slot, task.limits, task.keptAs !== undefined)
    if (kept || known) this.#stretch = new Stretch(this.#options.bounds, task.limits.standsAt)
    const begin = performance.now()
    const failed = kept ? undefined : this.#makePristine(instance, task)
    const { id, slot, keptAs, head, body } = task
    const wasThere = !failed && (keptAs === undefined ? known : kept)
    const loadMs = wasThere ? undefined : performance.now() - begin
    if (failed) {
      this.#finish(task, instance, loadMs, failed)
      this.#instances.add(instance, version.memoryMb)
    } else
      this.#run({ id, version, loadMs, instance, keptAs }, slot, () => instance.engine.dispatch("start", head, body))
  }

  /** Restores an instance to a version's snapshot, which is built where there is none; gives the outcome where that fails. */
  #makePristine(instance: Instance, task: Task<"start">): CallOutcome | undefined {
    const { version, features, difference: known, evaluatesPerCall } = this.#versions.get(task.key)
    if (known) {
      instance.restore(version.organisation, this.#snapshotOf(known))
      return undefined
    }
    const base = this.#features.baseWith(features, instance, this.#factory.base)
    let loaded = this.#evaluate(instance, version, base, evaluatesPerCall ? task.environment : undefined)
    if ("impurities" in loaded && !evaluatesPerCall) {
      if (loaded.impurities.length === 0) {
        instance.restore(version.organisation, this.#snapshotOf(this.#keepSnapshot(version, instance)))
      } else {
        // Its module code reads what differs between calls: from now on it runs afresh, with the real values.
        this.#versions.markImpure(version.key)
        loaded = this.#evaluate(instance, version, base, task.environment)
      }
    }
    return "ok" in loaded ? loaded : undefined
  }

  async #settle(task: Task<"settle">): Promise<void> {
    let call = this.#parked.take(task.id)
    if (!call && !task.image) {
      this.#interrupts.end()
      this.#options.post({ type: "missing", id: task.id, slot: task.slot })
      return
    }
    this.#parked.swapOut()
    if (!call && task.image) {
      const { version } = this.#versions.get(task.key)
      call = await this.#parked.swapIn(task, version, task.image, (instance, over, pages) =>
        instance.restore(version.organisation, this.#snapshotOf(over), pages),
      )
    }
    if (!call) return
    const { engine } = call.instance
    engine.standsAt = task.limits.standsAt
    this.#interrupts.begin(task.slot, task.limits, call.keptAs !== undefined)
    this.#stretch = new Stretch(this.#options.bounds, task.limits.standsAt)
    this.#run(call, task.slot, () => engine.dispatch(task.kind, task.head, task.body))
  }

  /** Enters the guest once and tells what came of it: an outcome, or that it waits. */
  #run(call: ThreadCall, slot: number, enter: () => Entered): void {
    const { id, version, instance, loadMs } = call
    this.#stretch.onAnswer = (output, streamed) => this.#options.post({ type: "answered", id, output, streamed })
    const failure = this.#guarded(instance, enter)
    const outcome = this.#outcome(instance, version, failure)
    if (outcome) {
      const atRest = failure === undefined && this.#interrupts.reason === undefined
      const kept = atRest ? this.#keep(call, outcome) : undefined
      this.#finish({ id, slot }, instance, loadMs, outcome, kept)
      if (kept) return
      this.#instances.add(instance, version.memoryMb)
      this.#last = instance
      return
    }
    this.#parked.add(call)
    const { operations } = this.#stretch
    const report = this.#report({ id, slot }, instance, loadMs)
    this.#options.post({ type: "waiting", ...report, operations, memoryExhausted: instance.engine.memoryExhausted })
  }

  /** Keeps the instance for later calls where this one may have that, and left it well. */
  #keep({ keptAs, instance, version }: ThreadCall, outcome: CallOutcome): KeptInstance | undefined {
    const well = (outcome.ok || outcome.badInput) && !instance.engine.memoryExhausted
    return keptAs !== undefined && well ? this.#instances.keep(keptAs, instance, version.memoryMb) : undefined
  }

  #finish(task: TaskPlace, instance: Instance, loadMs: number | undefined, outcome: CallOutcome, kept?: KeptInstance) {
    this.#options.post({ type: "finished", ...this.#report(task, instance, loadMs), outcome, kept })
  }

  /** What the stretch cost and wrote; its time ends here. */
  #report({ id, slot }: TaskPlace, instance: Instance, loadMs: number | undefined): StretchCost {
    const memoryBytes = instance.broken ? 0 : instance.peakBytes()
    const cpuMs = this.#interrupts.end()
    return { id, slot, loadMs, memoryBytes, cpuMs, ...this.#stretch.written }
  }

  /** Evaluates a version's module on its base; gives what loaded, or the outcome that it failed with. */
  #evaluate(
    instance: Instance,
    version: RuntimeVersion,
    base: PageRuns | undefined,
    environment: string | undefined,
  ): LoadedModule | CallOutcome {
    const { engine } = instance
    const stretch = new Stretch(this.#options.bounds, engine.standsAt)
    this.#stretch = stretch
    instance.restore(version.organisation, this.#snapshotOf(base))
    const failure = this.#guarded(instance, () => {
      const announced = engine.dispatch("loading", environment && loadingHead(environment))
      const clockReads = engine.clockReads
      const left = announced ?? loadVersion(engine, version)
      if (engine.clockReads > clockReads) stretch.impurities.add("clock")
      return left
    })
    const outcome = this.#outcome(instance, version, failure)
    if (outcome) return outcome
    if (!stretch.loaded) return neverLoaded
    return { ...stretch.loaded, impurities: [...stretch.impurities], logs: stretch.log.entries }
  }

  #keepSnapshot(version: RuntimeVersion, instance: Instance): PageRuns {
    const difference = packPages(instance.capture(this.#factory.base), this.#factory.base)
    this.#options.post({ type: "snapshot", key: version.key, snapshot: difference })
    this.#versions.keep(version.key, difference)
    return difference
  }

  /** A version's snapshot, or the base where its module runs afresh for each call. */
  #snapshotOf(difference: PageRuns | undefined): Snapshot {
    return difference ? this.#versions.snapshotOf(this.#factory.base, difference) : this.#factory.base
  }

  #outcome(instance: Instance, version: RuntimeVersion, failure: Entered | EngineCrash): CallOutcome | undefined {
    const { memoryExhausted } = instance.engine
    return readOutcome(this.#stretch.outcome, failure, this.#interrupts.reason, version, memoryExhausted)
  }

  #guarded(instance: Instance, enter: () => Entered): Entered | EngineCrash {
    instance.engine.memoryExhausted = false
    try {
      return enter()
    } catch (cause) {
      instance.broken = true
      return new EngineCrash(cause)
    }
  }

  /** The guest's way out of whatever instance runs now. */
  #host(engine: Engine, op: string, text?: string, bytes?: Uint8Array): string | Uint8Array | undefined {
    if (this.#interrupts.isOver()) return undefined
    if (op === "stack") return void engine.limitStack(text !== undefined)
    if (op === "feature") return void this.#features.load(engine, text)
    const answer = this.#stretch.take(op, text, bytes)
    if (answer === false) return answerTextOp(op, text, bytes)
    if (this.#stretch.outcome) this.#interrupts.finish()
    return answer
  }
}
