import { dateNow, trunc } from "../../primordials.ts"
import { asInterface, illegalInvocation, requireArguments, toDictionary, toUSVString } from "../../webidl.ts"
import { Blob, blobState, within } from "./blob.ts"

const fromWithin: unknown = {}
let nameOf: (file: File) => string
let modifiedOf: (file: File) => number
let isOne: (value: object) => boolean

interface FileFields {
  readonly bytes: Uint8Array
  readonly type: string
  readonly lastModified: number
}

/** `File`: a blob with a name and a date. */
export class File extends Blob {
  readonly #name: string
  readonly #lastModified: number

  static {
    nameOf = (file) => file.#name
    modifiedOf = (file) => file.#lastModified
    isOne = (value) => #name in value
  }

  constructor(bits: unknown, name: string, options: unknown = undefined) {
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the constructor's length.
    requireArguments(arguments, 2, "File")
    if (bits === fromWithin) {
      const { bytes, type, lastModified } = options as FileFields
      super(...within(bytes, type))
      this.#name = name
      this.#lastModified = lastModified
    } else {
      if (bits === undefined) throw new TypeError("The content of a File must be a list")
      super(bits, options)
      this.#name = toUSVString(name)
      const { lastModified } = toDictionary(options, "The options of a File")
      this.#lastModified = lastModified === undefined ? dateNow() : toLongLong(lastModified)
    }
  }

  get name(): string {
    return #name in this ? this.#name : illegalInvocation()
  }
  get lastModified(): number {
    return #name in this ? this.#lastModified : illegalInvocation()
  }
  get webkitRelativePath(): string {
    return #name in this ? "" : illegalInvocation()
  }
}
asInterface(File, "File", (file: File) => {
  const { bytes, type } = blobState(file)
  return { size: bytes.length, type, name: nameOf(file), lastModified: modifiedOf(file) }
})

/** Whether a value is a file. */
function isFile(value: object): value is File {
  return isOne(value)
}

/** A file that holds these bytes, which nobody may change from now on. */
export function createFile(bytes: Uint8Array, type: string, name: string, lastModified: number = dateNow()): File {
  return new File(fromWithin, name, { bytes, type, lastModified })
}

/** A blob as a file: the same bytes under a name; a file keeps its date, and its own name where no other is given. */
export function toFile(blob: Blob, name: string | undefined): File {
  const known = isFile(blob) ? blob : undefined
  if (known !== undefined && name === undefined) return known
  const { bytes, type } = blobState(blob)
  return createFile(bytes, type, name ?? "blob", known && modifiedOf(known))
}

/** The name of a file. */
export function fileName(file: File): string {
  return nameOf(file)
}

/** A copy of a blob or file, for structured cloning. */
export function copyBlob(blob: Blob): Blob {
  const { bytes, type } = blobState(blob)
  return isFile(blob) ? createFile(bytes, type, nameOf(blob), modifiedOf(blob)) : new Blob(...within(bytes, type))
}

/** A number modulo 2^64, as `long long`; beyond what a number holds exactly, as near as it can be. */
function toLongLong(value: unknown): number {
  const number = trunc(+(value as number))
  if (!(number > Number.NEGATIVE_INFINITY && number < Number.POSITIVE_INFINITY)) return 0
  return Number(BigInt.asIntN(64, BigInt(number)))
}
