import { filter } from "../../filter.ts"
import { forEachPair, type Pairs, pairIterators } from "../../pair-iterator.ts"
import { asInterface, defineAlias, illegalInvocation, requireArguments, toUSVString } from "../../webidl.ts"
import { isBlob } from "./blob.ts"
import { type File, toFile } from "./file.ts"

/** One field of a form. */
export type Entry = readonly [name: string, value: string | File]

interface FormState {
  list: Entry[]
}

let stateOf: (form: FormData) => FormState
let hasState: (value: object) => boolean

/** `FormData`. */
export class FormData {
  readonly #state: FormState = { list: [] }

  static {
    stateOf = (form) => form.#state
    hasState = (value) => #state in value
  }

  constructor(form: unknown = undefined, _submitter: unknown = undefined) {
    if (form !== undefined) throw new TypeError("Cannot make FormData of a form: there are no documents here")
  }

  append(name: string, value: unknown, filename: unknown = undefined): void {
    const state = formState(this)
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the method's length.
    requireArguments(arguments, 2, "FormData.append")
    // biome-ignore lint/complexity/noArguments: as above.
    state.list[state.list.length] = createEntry(name, value, filename, arguments.length > 2)
  }
  delete(name: string): void {
    const state = formState(this)
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the method's length.
    requireArguments(arguments, 1, "FormData.delete")
    const key = toUSVString(name)
    state.list = filter(state.list, (entry) => entry[0] !== key)
  }
  get(name: string): string | File | null {
    const { list } = formState(this)
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the method's length.
    requireArguments(arguments, 1, "FormData.get")
    const key = toUSVString(name)
    for (let index = 0; index < list.length; index++) {
      const entry = list[index] as Entry
      if (entry[0] === key) return entry[1]
    }
    return null
  }
  getAll(name: string): (string | File)[] {
    const { list } = formState(this)
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the method's length.
    requireArguments(arguments, 1, "FormData.getAll")
    const key = toUSVString(name)
    const found = filter(list, (entry) => entry[0] === key)
    const values: (string | File)[] = []
    for (let index = 0; index < found.length; index++) values[index] = (found[index] as Entry)[1]
    return values
  }
  has(name: string): boolean {
    const { list } = formState(this)
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the method's length.
    requireArguments(arguments, 1, "FormData.has")
    const key = toUSVString(name)
    return filter(list, (entry) => entry[0] === key).length > 0
  }
  set(name: string, value: unknown, filename: unknown = undefined): void {
    const state = formState(this)
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the method's length.
    requireArguments(arguments, 2, "FormData.set")
    // biome-ignore lint/complexity/noArguments: as above.
    const entry = createEntry(name, value, filename, arguments.length > 2)
    let found = false
    const list = filter(state.list, (other) => {
      if (other[0] !== entry[0]) return true
      const first = !found
      found = true
      return first
    })
    let index = 0
    while (index < list.length && (list[index] as Entry)[0] !== entry[0]) index++
    list[index] = entry
    state.list = list
  }
  forEach(callback: unknown, thisValue: unknown = undefined): void {
    const state = formState(this)
    forEachPair(this, () => state.list as unknown as Pairs, callback, thisValue)
  }
  keys(): IterableIterator<unknown> {
    return iterate(checked(this), "keys")
  }
  values(): IterableIterator<unknown> {
    return iterate(checked(this), "values")
  }
  entries(): IterableIterator<unknown> {
    return iterate(checked(this), "entries")
  }
  declare [Symbol.iterator]: () => IterableIterator<[string, string | File]>
}
asInterface(FormData, "FormData", (form: FormData) => ({ entries: stateOf(form).list }))
defineAlias(FormData.prototype, "entries", Symbol.iterator)

const iterate = pairIterators<FormData>("FormData", (form) => stateOf(form).list as unknown as Pairs)

/** A form with these fields. */
export function createForm(list: Entry[]): FormData {
  const form = new FormData()
  stateOf(form).list = list
  return form
}

/** Whether a value is a form. */
export function isForm(value: object): value is FormData {
  return hasState(value)
}

/** The fields of a form, in order. */
export function entriesOf(form: FormData): readonly Entry[] {
  return stateOf(form).list
}

function createEntry(name: unknown, value: unknown, filename: unknown, named: boolean): Entry {
  const key = toUSVString(name)
  if (isBlob(value)) return [key, toFile(value, filename === undefined ? undefined : toUSVString(filename))]
  if (named) throw new TypeError("Cannot give a field a file name: its value is not a Blob")
  return [key, toUSVString(value)]
}

function checked(form: FormData): FormData {
  formState(form)
  return form
}

function formState(form: unknown): FormState {
  const valid = typeof form === "object" && form !== null && hasState(form)
  return valid ? stateOf(form as FormData) : illegalInvocation()
}
