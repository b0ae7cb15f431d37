import type { RuntimeVersion } from "../../ports/runtime.ts"
import type { SandboxCall } from "../call/sandbox-call.ts"
import type { KeptInstance } from "../protocol.ts"

/** A thread that keeps instances between calls. */
export interface KeepingThread {
  /** What it has to do. */
  readonly tasks: { readonly size: number }
  retire(keptAs: number): void
}

/** What is asked of a call that is to have an instance of its own. */
export type KeepingCall = Pick<SandboxCall, "version" | "functionId" | "begun" | "cancelled" | "keptAs"> & {
  readonly input: { readonly environment: string }
}

/** Options of the instances that are kept between calls. */
export interface KeptInstancesOptions {
  /** What those hold together that no call has. */
  readonly maxBytes: number
  /** Epoch milliseconds. */
  readonly now: () => number
}

/** Calls that one instance serves; whatever builds up in it unseen ends with them. */
const maxCalls = 1000
/** How long an instance waits for its next call. */
const maxIdleMs = 300_000
const sweepMs = 30_000
/** Instances that no call has, of all functions: each is an engine of its own. */
const maxIdle = 64

interface Kept {
  readonly name: number
  readonly group: Group
  readonly environment: string
  /** Where its memory is; undefined while it is only to be made, or was lost with its thread. */
  thread: KeepingThread | undefined
  calls: number
  bytes: number
  idleSince: number
}

/** The instances of one version of one function. */
interface Group {
  readonly key: string
  readonly version: RuntimeVersion
  readonly functionId: string
  /** How many there are, those included that calls have. */
  size: number
  /** Those that no call has, the one that was used last at the end. */
  readonly idle: Kept[]
}

/**
 * Which instances are kept between calls, in which threads, and which call may have which: one call at a time, of the
 * function, the version and the environment that the instance has served before.
 */
export class KeptInstances {
  readonly #options: KeptInstancesOptions
  readonly #groups: Map<string, Group> = new Map()
  /** All, by name. */
  readonly #all: Map<number, Kept> = new Map()
  #lastName = 0
  #idleCount = 0
  #idleBytes = 0
  #sweeping: NodeJS.Timeout | undefined

  constructor(options: KeptInstancesOptions) {
    this.#options = options
  }

  /**
   * Gives a call that is about to begin an instance of its own, known or to be made; gives the thread where that is.
   * Undefined where the call may begin in any thread.
   */
  take<Thread extends KeepingThread>(call: KeepingCall, freeThreads: () => readonly Thread[]): Thread | undefined {
    this.release(call)
    const { version, functionId } = call
    const { maxInstances } = version
    if (maxInstances === undefined || functionId === undefined) return undefined
    const group = this.#groupOf(version, functionId)
    const { environment } = call.input
    const [known, thread] = this.#findIdle(group, environment, freeThreads())
    // What stands in a thread that is held up gives way.
    if (!known && group.size >= maxInstances && group.idle[0]) this.#retire(group.idle[0])
    if (!known && group.size >= maxInstances) return undefined
    const kept = known ?? this.#make(group, environment)
    kept.calls++
    call.keptAs = kept.name
    return thread
  }

  /** A call has not begun, and does not begin where it was to: its instance is as it was. */
  release(call: KeepingCall): void {
    const kept = this.#take(call)
    if (!kept) return
    kept.calls--
    if (kept.thread) this.#shelve(kept)
    else this.#remove(kept)
  }

  /** A call has ended in a thread, which has kept its instance or says nothing of one. */
  finish(call: KeepingCall, thread: KeepingThread, told: KeptInstance | undefined): void {
    const kept = this.#take(call)
    if (kept && told && kept.calls < maxCalls && !call.cancelled) {
      kept.thread = thread
      kept.bytes = told.bytes
      kept.idleSince = this.#options.now()
      this.#shelve(kept)
      while (this.#idleCount > maxIdle || this.#idleBytes > this.#options.maxBytes) this.#retire(this.#leastWanted())
      this.#sweeping ??= setInterval(() => this.#sweep(), sweepMs).unref()
      return
    }
    if (kept) this.#remove(kept)
    // The call may have been ended while it ran, and the instance with it.
    if (told) thread.retire(told.name)
  }

  /** A call has ended without its thread's saying so. */
  end(call: KeepingCall): void {
    // The thread may have run it to its end, which is not known here yet.
    if (!call.begun && !call.cancelled) this.release(call)
    const kept = this.#take(call)
    if (kept) this.#drop(kept)
  }

  /** A thread is gone, with all that it kept. */
  lose(thread: KeepingThread): void {
    for (const kept of [...this.#all.values()]) {
      if (kept.thread !== thread) continue
      kept.thread = undefined
      if (kept.group.idle.includes(kept)) this.#retire(kept)
    }
  }

  /** Ends those of every version whose key begins so; what calls have ends with these. */
  forget(prefix: string): void {
    this.#retireGroups((group) => group.version.key.startsWith(prefix))
  }

  /** The same for one function. */
  retire(functionId: string): void {
    this.#retireGroups((group) => group.functionId === functionId)
  }

  /** Watches no more how long they are idle. */
  close(): void {
    clearInterval(this.#sweeping)
  }

  #groupOf(version: RuntimeVersion, functionId: string): Group {
    const key = `${version.key} ${functionId}`
    return this.#groups.get(key) ?? { key, version, functionId, size: 0, idle: [] }
  }

  /** In the thread that has the least to do; among these the one that was used last. */
  #findIdle<Thread extends KeepingThread>(
    group: Group,
    environment: string,
    threads: readonly Thread[],
  ): readonly [Kept, Thread] | readonly [] {
    const oldest = this.#options.now() - maxIdleMs
    let found: readonly [Kept, Thread] | readonly [] = []
    for (const kept of group.idle.toReversed()) {
      if (kept.environment !== environment || kept.idleSince <= oldest) {
        this.#retire(kept)
        continue
      }
      const thread = threads.find((each) => each === kept.thread)
      if (thread && (!found[1] || thread.tasks.size < found[1].tasks.size)) found = [kept, thread]
    }
    if (found[0]) this.#unshelve(found[0])
    return found
  }

  #make(group: Group, environment: string): Kept {
    this.#groups.set(group.key, group)
    const name = ++this.#lastName
    const kept = { name, group, environment, thread: undefined, calls: 0, bytes: 0, idleSince: 0 }
    this.#all.set(name, kept)
    group.size++
    return kept
  }

  /** Takes a call's instance from it. */
  #take(call: KeepingCall): Kept | undefined {
    const kept = call.keptAs === undefined ? undefined : this.#all.get(call.keptAs)
    call.keptAs = undefined
    return kept
  }

  /** From now on no call has it. */
  #shelve(kept: Kept): void {
    kept.group.idle.push(kept)
    this.#idleCount++
    this.#idleBytes += kept.bytes
  }

  #unshelve(kept: Kept): void {
    kept.group.idle.splice(kept.group.idle.indexOf(kept), 1)
    this.#idleCount--
    this.#idleBytes -= kept.bytes
  }

  /** Ends an instance that no call has. */
  #retire(kept: Kept): void {
    this.#unshelve(kept)
    this.#drop(kept)
  }

  /** Ends one that is in no list of idle ones; a thread that is running it ends it with its call. */
  #drop(kept: Kept): void {
    this.#remove(kept)
    kept.thread?.retire(kept.name)
  }

  #remove({ name, group }: Kept): void {
    if (!this.#all.delete(name)) return
    if (--group.size === 0) this.#groups.delete(group.key)
  }

  #retireGroups(isMeant: (group: Group) => boolean): void {
    for (const kept of [...this.#all.values()]) {
      if (!isMeant(kept.group)) continue
      if (kept.group.idle.includes(kept)) this.#retire(kept)
      else this.#drop(kept)
    }
  }

  #sweep(): void {
    const oldest = this.#options.now() - maxIdleMs
    for (const kept of this.#idle()) if (kept.idleSince <= oldest) this.#retire(kept)
    if (this.#all.size > 0) return
    clearInterval(this.#sweeping)
    this.#sweeping = undefined
  }

  /** Of the organisation that holds the most, the one that was used the longest ago. */
  #leastWanted(): Kept {
    const idle = this.#idle()
    const held = new Map<string, number>()
    for (const { group, bytes } of idle) {
      const { organisation } = group.version
      held.set(organisation, (held.get(organisation) ?? 0) + bytes)
    }
    const most = Math.max(...held.values())
    const theirs = idle.filter(({ group }) => held.get(group.version.organisation) === most)
    return theirs.reduce((oldest, kept) => (kept.idleSince < oldest.idleSince ? kept : oldest))
  }

  #idle(): readonly Kept[] {
    return [...this.#groups.values()].flatMap(({ idle }) => idle)
  }
}
