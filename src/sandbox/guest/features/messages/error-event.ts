import { Event } from "../../event.ts"
import {
  asInterface,
  illegalInvocation,
  requireArguments,
  toDictionary,
  toDOMString,
  toUSVString,
} from "../../webidl.ts"

let isOne: (value: object) => boolean

/** `ErrorEvent`: what was thrown where nobody caught it. */
export class ErrorEvent extends Event {
  readonly #message: string
  readonly #filename: string
  readonly #lineno: number
  readonly #colno: number
  readonly #error: unknown

  static {
    isOne = (value) => #message in value
  }

  constructor(type: string, init: unknown = undefined) {
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the constructor's length.
    requireArguments(arguments, 1, "ErrorEvent")
    super(type, init)
    const { colno, error, filename, lineno, message } = toDictionary(init, "The init of an ErrorEvent")
    this.#colno = (colno as number) >>> 0
    this.#error = error
    this.#filename = filename === undefined ? "" : toUSVString(filename)
    this.#lineno = (lineno as number) >>> 0
    this.#message = message === undefined ? "" : toDOMString(message)
  }

  get message(): string {
    return #message in this ? this.#message : illegalInvocation()
  }
  get filename(): string {
    return #message in this ? this.#filename : illegalInvocation()
  }
  get lineno(): number {
    return #message in this ? this.#lineno : illegalInvocation()
  }
  get colno(): number {
    return #message in this ? this.#colno : illegalInvocation()
  }
  get error(): unknown {
    return #message in this ? this.#error : illegalInvocation()
  }
}
asInterface(ErrorEvent, "ErrorEvent")

/** Whether a value is an ErrorEvent. */
export function isErrorEvent(value: object): value is ErrorEvent {
  return isOne(value)
}
