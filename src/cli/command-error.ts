/** A command that ends with a message for who called it: exit code 1 where it failed, 2 where it was called wrongly. */
export class CommandError extends Error {
  override readonly name = "CommandError"
  readonly exitCode: 1 | 2

  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message)
    this.exitCode = exitCode
  }
}
