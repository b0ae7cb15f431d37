import type { CallPlace, SandboxCall } from "../call/sandbox-call.ts"
import { CollectorPressure } from "../collector-pressure.ts"
import type { CallImage } from "../protocol.ts"

/** How much memory the images of waiting calls may hold. */
export interface ParkingLimits {
  readonly maxBytes: number
  readonly maxBytesOfOrganisation: number
}

/** Where waiting calls are: in place in a thread, or outside of any as an image, within a budget. */
export class Parking {
  readonly #limits: ParkingLimits
  readonly #bytes: Map<string, number> = new Map()
  /** Organisations whose last image did not fit any more, until one of theirs is gone. */
  readonly #full: Set<string> = new Set()
  readonly #pressure: CollectorPressure = new CollectorPressure()
  #total = 0

  constructor(limits: ParkingLimits) {
    this.#limits = limits
  }

  /** Whether another call of this organisation would only be begun to be ended. */
  isFull(organisation: string): boolean {
    return this.#full.has(organisation)
  }

  /** A call waits in place. */
  park(call: SandboxCall, place: CallPlace): void {
    this.leave(call)
    call.parkedIn = place
    place.parked++
  }

  /** A call was copied out of its place; false where that is more than the waiting calls may hold. */
  swapOut(call: SandboxCall, place: CallPlace, image: CallImage): boolean {
    const { organisation } = call.version
    const bytes = image.pages.bytes.length
    if (call.parkedIn === place) this.leave(call)
    this.#pressure.add(bytes)
    const others = this.#bytes.get(organisation) ?? 0
    if (this.#total + bytes > this.#limits.maxBytes || others + bytes > this.#limits.maxBytesOfOrganisation) {
      if (others > 0) this.#full.add(organisation)
      return false
    }
    call.image = image
    this.#account(organisation, bytes)
    return true
  }

  /** A call goes on, or has ended: it is nowhere any more. */
  leave(call: SandboxCall): void {
    if (call.parkedIn) call.parkedIn.parked--
    call.parkedIn = undefined
    if (call.image) this.#account(call.version.organisation, -call.image.pages.bytes.length)
    call.image = undefined
  }

  /** A call ended while it waited. */
  discard(call: SandboxCall): void {
    call.parkedIn?.discard(call.id)
    this.leave(call)
  }

  #account(organisation: string, bytes: number): void {
    const own = (this.#bytes.get(organisation) ?? 0) + bytes
    this.#total += bytes
    if (own > 0) this.#bytes.set(organisation, own)
    else this.#bytes.delete(organisation)
    if (bytes < 0) this.#full.delete(organisation)
  }
}
