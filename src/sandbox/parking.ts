import type { CallImage } from "./protocol.ts"
import type { CallPlace, SandboxCall } from "./sandbox-call.ts"

/** How much memory the images of waiting calls may hold. */
export interface ParkingLimits {
  readonly maxBytes: number
  readonly maxBytesOfOrganisation: number
}

const defaults: ParkingLimits = { maxBytes: 1024 * 1024 * 1024, maxBytesOfOrganisation: 512 * 1024 * 1024 }

/** Where waiting calls are: in place in a thread, or outside of any as an image, within a budget. */
export class Parking {
  readonly #limits: ParkingLimits
  readonly #bytes: Map<string, number> = new Map()
  #total = 0

  constructor(limits: ParkingLimits = defaults) {
    this.#limits = limits
  }

  /** A call waits in place. */
  park(call: SandboxCall, place: CallPlace): void {
    this.leave(call)
    call.parkedIn = place
    place.parked++
  }

  /** A call was copied out of its place; false where that is more than the waiting calls may hold. */
  swapOut(call: SandboxCall, place: CallPlace, image: CallImage): boolean {
    if (call.parkedIn === place) this.leave(call)
    call.image = image
    return this.#account(call.version.organisation, image.pages.bytes.length)
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

  #account(organisation: string, bytes: number): boolean {
    const own = (this.#bytes.get(organisation) ?? 0) + bytes
    this.#total += bytes
    if (own > 0) this.#bytes.set(organisation, own)
    else this.#bytes.delete(organisation)
    return this.#total <= this.#limits.maxBytes && own <= this.#limits.maxBytesOfOrganisation
  }
}
