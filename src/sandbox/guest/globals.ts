/*
 * The globals that the guest's code names, as they were at boot. The bundler injects this file: a free `Promise` in any
 * other file of this folder becomes an import from here, so that a function which deletes or replaces globals changes
 * nothing for the bridge.
 */
const OwnArray = Array
const OwnArrayBuffer = ArrayBuffer
const OwnBoolean = Boolean
const OwnDataView = DataView
const OwnDate = Date
const OwnDOMException = DOMException
const OwnError = Error
const OwnMap = Map
const OwnNumber = Number
const OwnObject = Object
const OwnPromise = Promise
const OwnRangeError = RangeError
const OwnRegExp = RegExp
const OwnSet = Set
const OwnString = String
const OwnSymbol = Symbol
const OwnSyntaxError = SyntaxError
const OwnTypeError = TypeError
const OwnUint8Array = Uint8Array
const OwnWeakMap = WeakMap

export {
  OwnArray as Array,
  OwnArrayBuffer as ArrayBuffer,
  OwnBoolean as Boolean,
  OwnDataView as DataView,
  OwnDate as Date,
  OwnDOMException as DOMException,
  OwnError as Error,
  OwnMap as Map,
  OwnNumber as Number,
  OwnObject as Object,
  OwnPromise as Promise,
  OwnRangeError as RangeError,
  OwnRegExp as RegExp,
  OwnSet as Set,
  OwnString as String,
  OwnSymbol as Symbol,
  OwnSyntaxError as SyntaxError,
  OwnTypeError as TypeError,
  OwnUint8Array as Uint8Array,
  OwnWeakMap as WeakMap,
}
