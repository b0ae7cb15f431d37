import { FunctionsError } from "../../../src/errors/functions-error.ts"

/** The refusal of what cannot be joined as a transaction. */
export function refuseTransaction(reason: string): FunctionsError {
  return new FunctionsError("FN_006", `Cannot take part in the transaction: ${reason}.`, {
    issues: [{ path: "transaction", message: reason }],
  })
}
