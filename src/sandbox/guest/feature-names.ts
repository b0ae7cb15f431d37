/** The heavier web APIs, each a script of its own in `features/`, and the globals that it defines. */
export const featureGlobals = {
  blobs: ["Blob", "File", "FormData"],
  messages: [
    "ErrorEvent",
    "MessageChannel",
    "MessageEvent",
    "MessagePort",
    "PromiseRejectionEvent",
    "onerror",
    "onrejectionhandled",
    "onunhandledrejection",
  ],
  intl: ["Intl"],
  subtle: ["CryptoKey", "SubtleCrypto"],
  compression: ["CompressionStream", "DecompressionStream"],
  streams: [
    "ByteLengthQueuingStrategy",
    "CountQueuingStrategy",
    "ReadableByteStreamController",
    "ReadableStream",
    "ReadableStreamBYOBReader",
    "ReadableStreamBYOBRequest",
    "ReadableStreamDefaultController",
    "ReadableStreamDefaultReader",
    "TextDecoderStream",
    "TextEncoderStream",
    "TransformStream",
    "TransformStreamDefaultController",
    "WritableStream",
    "WritableStreamDefaultController",
    "WritableStreamDefaultWriter",
  ],
  urlpattern: ["URLPattern"],
} as const

/** One of the heavier parts. */
export type FeatureName = keyof typeof featureGlobals
