import {
  dataViewBuffer,
  dataViewByteLength,
  dataViewByteOffset,
  isBuffer,
  isSharedBuffer,
  isView,
  typedArrayBuffer,
  typedArrayByteLength,
  typedArrayByteOffset,
  typedArrayName,
  typedArraySet,
} from "./primordials.ts"

/** The bytes of an ArrayBuffer or a view, not copied; undefined for anything else. */
export function viewBytes(value: unknown, shared = false): Uint8Array<ArrayBuffer> | undefined {
  if (typeof value !== "object" || value === null) return undefined
  if (!isView(value)) {
    if (isBuffer(value)) return new Uint8Array(value)
    return shared && isSharedBuffer(value) ? new Uint8Array(value as ArrayBuffer) : undefined
  }
  if (typedArrayName(value) === undefined) {
    return new Uint8Array(dataViewBuffer(value), dataViewByteOffset(value), dataViewByteLength(value))
  }
  return new Uint8Array(typedArrayBuffer(value), typedArrayByteOffset(value), typedArrayByteLength(value))
}

/** A buffer of its own with the bytes of a view. */
export function copyBytes(view: Uint8Array): ArrayBuffer {
  const copy = new Uint8Array(typedArrayByteLength(view))
  typedArraySet(copy, view)
  return typedArrayBuffer(copy)
}
